// Wakes the writer's thread: a semaphore, so that a wake-up that comes before the wait is kept.

internal import Glibc

final class WakeUp: @unchecked Sendable {
    // Unchecked: the semaphore is made for several threads.
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(semaphore, 0, 0) }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func post() { sem_post(semaphore) }
    func wait() { while sem_wait(semaphore) != 0 && errno == EINTR {} }
}
