// The suite talks to plugins with blocking calls, so its tests run on threads of their own and
// leave the shared ones to the tests of other suites. The kernel ties a child to the thread that
// started it; these threads stay until the process ends.

import CProcess
import Glibc
import Synchronization
import Testing

final class BlockingThreads: TaskExecutor {
    static let shared = BlockingThreads(count: 4)

    private final class Queue: Sendable {
        let jobs = Mutex<[UnownedJob]>([])
        /// Counts the jobs; one byte of memory that is never freed.
        nonisolated(unsafe) let count = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
        init() { sem_init(count, 0, 0) }
    }

    private let queue = Queue()

    private init(count: Int) {
        for _ in 0..<count {
            var thread = pthread_t()
            let context = Unmanaged.passRetained(self).toOpaque()
            pthread_create(
                &thread, nil,
                { context in
                    guard let context else { return nil }
                    Unmanaged<BlockingThreads>.fromOpaque(context).takeRetainedValue().work()
                }, context)
            pthread_detach(thread)
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.jobs.withLock { $0.append(job) }
        sem_post(queue.count)
    }

    private func work() -> Never {
        coffer_become_service_thread("conformance")
        while true {
            while sem_wait(queue.count) != 0 {}
            guard let job = queue.jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else {
                continue
            }
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}

struct BlockingTrait: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(BlockingThreads.shared) { try await function() }
    }
}

extension Trait where Self == BlockingTrait {
    /// The test may block its thread.
    static var blocking: BlockingTrait { BlockingTrait() }
}
