// The one thread that writes: it takes whatever has queued up, makes one transaction of it, and
// answers everybody after one flush.

import CLMDB
import Glibc

final class LMDBWriter: @unchecked Sendable {
    // Unchecked: the variables are guarded by the pthread mutex, which is needed for its condition.
    typealias Completion = @Sendable (Result<UInt64, StorageError>) -> Void

    struct Item {
        let batch: StoreBatch
        let byteCount: Int
        let then: Completion
    }

    /// A look at what is stored, on the thread that alone changes it.
    struct Survey {
        let folder: String
        let then: @Sendable (Result<Bool, StorageError>) -> Void
    }

    static let maxQueuedBytes = 256 << 20
    static let maxGroupBatches = 1024
    static let maxGroupBytes = 32 << 20
    /// How long a group waits for as many as the last one had. Writers that were answered together
    /// come back together; without the wait the first of them would get a flush for itself, and the
    /// rest would wait for it. A lone writer never waits.
    static let gatherNanoseconds = 200_000

    private let group: LMDBGroupCommit
    private let mapped: LMDBMappedMemory?
    private let onEnd: @Sendable () -> Void
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var queue: [Item] = []
    private var queuedBytes = 0
    private var surveys: [Survey] = []
    private var isClosing = false
    private var isMapExceeded = false
    private var lastGroupCount = 1
    private var thread: pthread_t?

    /// `onEnd` is called on the writer's thread when everything queued has been answered.
    init(
        _ group: LMDBGroupCommit, mapped: LMDBMappedMemory?, onEnd: @escaping @Sendable () -> Void
    ) {
        self.group = group
        self.mapped = mapped
        self.onEnd = onEnd
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func start() throws(StorageError) {
        var created = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let status = pthread_create(&created, nil, writerMain, context)
        guard status == 0 else {
            Unmanaged<LMDBWriter>.fromOpaque(context).release()
            throw StorageError(.io, "the store's writer thread could not be started")
        }
        thread = created
    }

    func enqueue(_ batch: StoreBatch, then: @escaping Completion) {
        let item = Item(batch: batch, byteCount: batch.byteCount, then: then)
        pthread_mutex_lock(mutex)
        let refusal: StorageError? =
            if isClosing {
                .closed
            } else if queuedBytes + item.byteCount > Self.maxQueuedBytes {
                StorageError(.busy, "too many writes are waiting for the disk")
            } else {
                nil
            }
        if refusal == nil {
            queue.append(item)
            queuedBytes += item.byteCount
            let isAwaited = queue.count == 1 || queue.count == lastGroupCount
            if isAwaited { pthread_cond_signal(condition) }
        }
        pthread_mutex_unlock(mutex)
        if let refusal { then(.failure(refusal)) }
    }

    /// One is done after each group, so that writers hardly wait for it.
    func enqueue(
        surveyOf folder: String, then: @escaping @Sendable (Result<Bool, StorageError>) -> Void
    ) {
        pthread_mutex_lock(mutex)
        let isRefused = isClosing
        if !isRefused {
            surveys.append(Survey(folder: folder, then: then))
            if queue.isEmpty { pthread_cond_signal(condition) }
        }
        pthread_mutex_unlock(mutex)
        if isRefused { then(.failure(.closed)) }
    }

    /// Readers ask for it; it is done on the thread, where no client waits for it and the map is
    /// known to be there.
    func giveBackMappedMemory() {
        pthread_mutex_lock(mutex)
        isMapExceeded = true
        if queue.isEmpty { pthread_cond_signal(condition) }
        pthread_mutex_unlock(mutex)
    }

    /// Returns when the thread has ended; at once when called from a completion on the thread
    /// itself, which then ends after it.
    func close() {
        pthread_mutex_lock(mutex)
        isClosing = true
        let ending = thread
        thread = nil
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
        guard let ending else { return }
        if pthread_equal(ending, pthread_self()) != 0 {
            pthread_detach(ending)
        } else {
            pthread_join(ending, nil)
        }
    }

    fileprivate func run() {
        while let items = next() {
            if !items.isEmpty {
                let results = group.commit(items.map(\.batch))
                for (item, result) in zip(items, results) { item.then(result) }
            }
            if let survey = nextSurvey() {
                survey.then(
                    Result { () throws(StorageError) in try group.survey(survey.folder) })
            }
            // Writing reads what it changes, so it is looked at after each group.
            mapped?.giveBackExcess()
        }
        while let survey = nextSurvey() { survey.then(.failure(.closed)) }
        onEnd()
    }

    private func nextSurvey() -> Survey? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return surveys.isEmpty ? nil : surveys.removeFirst()
    }

    /// The next group, waiting for one; empty when there is something else to do, and nil once
    /// closed and empty.
    private func next() -> [Item]? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while queue.isEmpty {
            if isClosing { return nil }
            if isMapExceeded {
                isMapExceeded = false
                return []
            }
            if !surveys.isEmpty { return [] }
            pthread_cond_wait(condition, mutex)
        }
        isMapExceeded = false
        gather()
        var count = 0
        var bytes = 0
        while count < queue.count, count < Self.maxGroupBatches {
            bytes += queue[count].byteCount
            if count > 0, bytes > Self.maxGroupBytes { break }
            count += 1
        }
        let items = Array(queue[..<count])
        queue.removeFirst(count)
        queuedBytes -= items.reduce(0) { $0 + $1.byteCount }
        lastGroupCount = count
        return items
    }

    private func gather() {
        guard queue.count < lastGroupCount, !isClosing else { return }
        var deadline = timespec()
        clock_gettime(CLOCK_MONOTONIC, &deadline)
        deadline.tv_nsec += Self.gatherNanoseconds
        if deadline.tv_nsec >= 1_000_000_000 {
            deadline.tv_sec += 1
            deadline.tv_nsec -= 1_000_000_000
        }
        while queue.count < lastGroupCount, !isClosing {
            if pthread_cond_timedwait(condition, mutex, &deadline) != 0 { return }
        }
    }
}

private func writerMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    // Signals are for the threads that expect them.
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, nil)
    guard let context else { return nil }
    Unmanaged<LMDBWriter>.fromOpaque(context).takeRetainedValue().run()
    return nil
}
