// Threads for what takes long, so that a lane goes on with other requests meanwhile. Bounded in
// threads and in what may wait for them; the threads are made when there is work.

import Clock
import Glibc
import Synchronization
import Wire

/// Whether anybody waits still for what a piece of work comes to.
package final class WorkTicket: Sendable {
    private let isDropped = Atomic(false)

    package init() {}

    package func drop() { isDropped.store(true, ordering: .relaxed) }

    var isWanted: Bool { !isDropped.load(ordering: .relaxed) }
}

/// One piece of a handler, and where its outcome goes.
package struct Work: Sendable {
    /// Names it to the connection it came from.
    let id: UInt64
    /// In monotonic nanoseconds.
    let deadline: UInt64
    let ticket: WorkTicket
    let body: @Sendable () throws -> Outcome
    let inbox: WorkInbox
    /// Whether it may ask the host for something and wait for that on its thread.
    let mayAsk: Bool

    package init(
        id: UInt64, deadline: UInt64, ticket: WorkTicket,
        body: @escaping @Sendable () throws -> Outcome, inbox: WorkInbox, mayAsk: Bool = false
    ) {
        self.id = id
        self.deadline = deadline
        self.ticket = ticket
        self.body = body
        self.inbox = inbox
        self.mayAsk = mayAsk
    }

    /// Does it, unless its time was over while it waited: where more comes in than can be done,
    /// what is done should be of use to somebody.
    func run() {
        guard ticket.isWanted else { return }
        guard MonotonicClock.nowNanoseconds < deadline else {
            return inbox.put(FinishedWork(id: id, result: .failure(.internalError)))
        }
        let result = Result(catching: mayAsk ? asking : body)
            .mapError { PluginError(reporting: $0) }
        inbox.put(FinishedWork(id: id, result: result))
    }

    private func asking() throws -> Outcome {
        let (id, inbox) = (id, inbox)
        let ask: @Sendable (StorageAction) -> StorageReply = { action in
            let call = ThreadCall(work: id, action)
            inbox.put(call)
            return call.wait()
        }
        return try HostAccess.with(ask) { try body() }
    }
}

package struct FinishedWork: Sendable {
    package let id: UInt64
    let result: Result<Outcome, PluginError>
}

package final class WorkPool: Sendable {
    /// For what computes: more threads would only take turns on the processors.
    package static let shared = WorkPool(
        maxThreads: max(1, min(8, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))))
    /// For what computes long: others' work takes turns with it on the processors, and does not
    /// stand behind it. Who would have to wait for minutes is told so at once.
    package static let heavy = WorkPool(
        maxThreads: max(1, min(8, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))), maxWaiting: 128)
    /// For what waits for others. The core lets a plugin have a good deal more threads than this.
    package static let waiting = WorkPool(maxThreads: 32)

    /// The default of the C library is eight times as much, and counts as the process's memory.
    private static let stackBytes = 1 << 20
    /// Waiting pieces of all connections; beyond it a request is told to come again.
    private let maxWaiting: Int
    /// Pieces that were taken are dropped so many at once.
    private static let droppedAtOnce = 1_024

    private struct State {
        private var pieces: [Work?] = []
        /// How many of `pieces` are taken; they are dropped many at once.
        private var taken = 0
        var threads = 0
        var idle = 0

        var waitingCount: Int { pieces.count - taken }

        mutating func append(_ work: Work) { pieces.append(work) }

        mutating func next() -> Work? {
            guard taken < pieces.count else { return nil }
            // It holds a request, which should be gone when it is answered.
            let work = pieces[taken].take()
            taken += 1
            if taken == pieces.count || taken >= WorkPool.droppedAtOnce {
                pieces.removeFirst(taken)
                taken = 0
            }
            return work
        }
    }

    private let maxThreads: Int
    private let state = Mutex(State())
    private let signal = Semaphore()

    package init(maxThreads: Int, maxWaiting: Int = 1_024) {
        self.maxThreads = maxThreads
        self.maxWaiting = maxWaiting
    }

    /// False when too much waits already.
    package func submit(_ work: Work) -> Bool {
        let (isAccepted, needsThread) = state.withLock { state in
            guard state.waitingCount < maxWaiting else { return (false, false) }
            state.append(work)
            let isShort = state.waitingCount > state.idle
            let needsThread = isShort && state.threads < maxThreads
            if needsThread {
                state.threads += 1
                state.idle += 1
            }
            return (true, needsThread)
        }
        if isAccepted { signal.post() }
        if needsThread { Thread.detach(stackBytes: Self.stackBytes) { self.serve() } }
        return isAccepted
    }

    private func serve() {
        while true {
            signal.wait()
            let work: Work? = state.withLock { state in
                guard let work = state.next() else { return nil }
                state.idle -= 1
                return work
            }
            guard let work else { continue }
            work.run()
            state.withLock { $0.idle += 1 }
        }
    }
}

/// Where finished work waits for its lane. The descriptor becomes readable when there is some; it
/// is there from the first piece of work on, since most engines never have any.
package final class WorkInbox: Sendable {
    private struct State {
        var ends: (reading: Int32, writing: Int32)?
        var finished: [FinishedWork] = []
        var calls: [ThreadCall] = []
    }

    private let state = Mutex(State())

    package init() {}

    deinit {
        state.withLock { state in
            guard let ends = state.ends else { return }
            close(ends.reading)
            close(ends.writing)
        }
    }

    /// False if the process has no descriptors left.
    package func open() -> Bool {
        state.withLock { state in
            if state.ends != nil { return true }
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { return false }
            for end in ends {
                _ = fcntl(end, F_SETFD, FD_CLOEXEC)
                _ = fcntl(end, F_SETFL, O_NONBLOCK)
            }
            state.ends = (ends[0], ends[1])
            return true
        }
    }

    /// -1, which `poll` passes over, before there was work.
    package var descriptor: Int32 { state.withLock { $0.ends?.reading ?? -1 } }

    package func put(_ work: FinishedWork) { wake { $0.finished.append(work) } }

    /// What a thread asks for while its work goes on.
    func put(_ call: ThreadCall) { wake { $0.calls.append(call) } }

    private func wake(_ add: (inout State) -> Void) {
        let writing = state.withLock { state in
            add(&state)
            return state.ends?.writing
        }
        guard let writing else { return }
        var byte: UInt8 = 1
        // A full pipe is readable, which is all that is wanted.
        _ = write(writing, &byte, 1)
    }

    package func take() -> (finished: [FinishedWork], calls: [ThreadCall]) {
        var bytes = [UInt8](repeating: 0, count: 256)
        let reading = descriptor
        while read(reading, &bytes, bytes.count) == bytes.count {}
        return state.withLock { state in
            defer { (state.finished, state.calls) = ([], []) }
            return (state.finished, state.calls)
        }
    }
}

/// A POSIX semaphore, whose memory must not move.
final class Semaphore: @unchecked Sendable {
    // Unchecked: the pointer is set once, and what it points to is made for many threads.
    private let pointer = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(pointer, 0, 0) }

    deinit {
        sem_destroy(pointer)
        pointer.deallocate()
    }

    func post() { sem_post(pointer) }

    func wait() { while sem_wait(pointer) != 0 {} }
}
