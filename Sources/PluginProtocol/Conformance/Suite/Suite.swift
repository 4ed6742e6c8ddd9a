// All cases, and how they are run outside of a test runner.

import CProcess
import Glibc
import Synchronization

public enum Suite {
    public static let cases: [Case] =
        Case.handshake + Case.mounts + Case.requests + Case.calls + Case.storage
        + Case.invalidations + Case.leases + Case.databases + Case.faults + Case.process
        + Case.end

    /// Runs the cases, several at once, and tells of each in their order. Without the first one, a
    /// plugin that greets, the others would only wait in vain: if it fails they are left out.
    public static func results(
        of cases: [Case], on subject: Subject, threads: Int, each: (CaseResult) -> Void
    ) -> [CaseResult] {
        var results: [CaseResult] = []
        var rest = cases[...]
        if let first = cases.first, first.name == Case.lanes.name {
            rest = rest.dropFirst()
            let result = first.run(on: subject)
            results.append(result)
            each(result)
            guard result.passed else { return results }
        }
        let queue = WorkQueue(Array(rest), subject)
        for _ in 0..<min(max(1, threads), rest.count) { queue.startThread() }
        for index in 0..<rest.count {
            let result = queue.result(index)
            results.append(result)
            each(result)
        }
        return results
    }
}

/// Hands cases to threads and their results back in order.
private final class WorkQueue: Sendable {
    private struct State {
        var next = 0
        var done: [Int: CaseResult] = [:]
    }

    private let cases: [Case]
    private let subject: Subject
    private let state = Mutex(State())
    private let finished = Semaphore()

    init(_ cases: [Case], _ subject: Subject) {
        self.cases = cases
        self.subject = subject
    }

    func startThread() {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let error = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<WorkQueue>.fromOpaque(context).takeRetainedValue().work()
                return nil
            }, context.toOpaque())
        guard error == 0 else {
            // This thread does it, then.
            return context.takeRetainedValue().work()
        }
        pthread_detach(thread)
    }

    private func work() {
        coffer_become_service_thread("conformance")
        while let index = take() {
            let result = cases[index].run(on: subject)
            state.withLock { $0.done[index] = result }
            finished.signal()
        }
    }

    private func take() -> Int? {
        state.withLock { state in
            guard state.next < cases.count else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }

    /// Waits for it.
    func result(_ index: Int) -> CaseResult {
        while true {
            if let result = state.withLock({ $0.done.removeValue(forKey: index) }) {
                return result
            }
            finished.wait()
        }
    }
}

private final class Semaphore: Sendable {
    nonisolated(unsafe) private let memory = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(memory, 0, 0) }

    deinit {
        sem_destroy(memory)
        memory.deallocate()
    }

    func signal() { sem_post(memory) }

    func wait() { while sem_wait(memory) != 0 {} }
}
