// A bounded number of turns, which threads wait for, but not for ever.

import Glibc

/// A POSIX condition by the monotonic clock, whose memory must not move.
final class Slots: @unchecked Sendable {
    // Unchecked: the pointers are set once, and the count is touched with the lock held.
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var count: Int

    init(_ count: Int) {
        self.count = count
        pthread_mutex_init(lock, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(lock)
        condition.deallocate()
        lock.deallocate()
    }

    /// False if there was none within this time.
    func take(seconds: Int) -> Bool {
        var end = timespec()
        clock_gettime(CLOCK_MONOTONIC, &end)
        end.tv_sec += seconds
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while count == 0 {
            if pthread_cond_timedwait(condition, lock, &end) == ETIMEDOUT, count == 0 {
                return false
            }
        }
        count -= 1
        return true
    }

    func give() {
        pthread_mutex_lock(lock)
        count += 1
        pthread_mutex_unlock(lock)
        pthread_cond_signal(condition)
    }
}
