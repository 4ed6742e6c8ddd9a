// The plugin's end of one connection without its socket: bytes in, bytes out. Handlers run where
// the bytes come in; a handler that needs storage is parked until the reply is there.
//
// Confined to one thread.

import Clock
package import Wire

package final class Connection {
    /// A request whose handler waits for storage.
    private final class Parked {
        let call: UInt64
        let deadline: UInt64
        let run: HandlerRun
        /// Its handler is at work on a thread, and it is this that waits.
        let thread: ThreadCall?

        init(call: UInt64, deadline: UInt64, run: HandlerRun, thread: ThreadCall? = nil) {
            self.call = call
            self.deadline = deadline
            self.run = run
            self.thread = thread
        }
    }

    private let mounts: MountTable
    private var view = MountTable.View()
    private let callLimit: Int
    private var session: PluginSession
    private var decoder = FrameDecoder(maxPayloadBytes: WireLimits.maxHandshakePayloadBytes)
    private var parked = CallTable<Parked>(side: .plugin, maxInFlight: 0)
    /// The storage call that each unanswered request waits for.
    private var waiting: [UInt64: UInt64] = [:]
    private var working = WorkTable()
    private let pool: WorkPool
    private let heavyPool: WorkPool
    private let waitingPool: WorkPool
    private let inbox: WorkInbox
    private var drainIsRequested = false
    private var out: [UInt8] = []

    /// Set when the connection is over; nil as a reason means that nothing was wrong.
    package private(set) var end: (isOver: Bool, error: WireError?) = (false, nil)

    package init(
        offer: HelloReply, mounts: MountTable, pool: WorkPool = .shared,
        heavyPool: WorkPool = .heavy, waitingPool: WorkPool = .waiting,
        inbox: WorkInbox = WorkInbox()
    ) {
        self.mounts = mounts
        self.pool = pool
        self.heavyPool = heavyPool
        self.waitingPool = waitingPool
        self.inbox = inbox
        callLimit = Int(offer.maxCallsInFlight)
        session = PluginSession(offer: offer)
    }

    /// Nobody answers any more: threads that wait go on with that.
    deinit { for parked in parked.drainAll() { parked.thread?.finish(ThreadCall.cancelled) } }

    package var pendingOutputByteCount: Int { out.count }
    package var bufferedByteCount: Int { decoder.bufferedByteCount }
    package var parkedCount: Int { parked.count }
    /// Requests whose outcome will come to the inbox.
    package var workingCount: Int { working.count }
    /// When `expire` has to be called next, in monotonic nanoseconds.
    package var nextExpiry: UInt64? { parked.nextExpiry }

    /// Takes bytes from `source`, which fills the memory and returns how many there were.
    package func read(
        atLeast room: Int, _ source: (UnsafeMutableRawBufferPointer) -> Int
    ) -> Int {
        decoder.fill(atLeast: room, source)
    }

    package func append(_ bytes: UnsafeRawBufferPointer) {
        decoder.append(bytes)
    }

    /// Hands over what is to be sent, and wipes it.
    package func takeOutput(_ sink: (UnsafeRawBufferPointer) -> Void) {
        guard !out.isEmpty else { return }
        out.withUnsafeBytes { sink($0) }
        wipe(&out)
        out.removeAll(keepingCapacity: out.capacity <= 1 << 20)
    }

    /// Handles the next whole frame; false when there is none, or the connection is over.
    package func handleNext() -> Bool {
        guard !end.isOver else { return false }
        do throws(WireError) {
            guard let (call, message) = try decoder.nextMessage() else { return false }
            try handle(try session.receive(message, call: call))
        } catch {
            fail(error)
        }
        return !end.isOver
    }

    /// Answers the requests whose time is over.
    package func expire(now: UInt64) {
        for (_, parked) in parked.expire(now: now) {
            if let thread = parked.thread {
                thread.finish(.failure(.deadlineExceeded))
                continue
            }
            waiting[parked.call] = nil
            respond(parked.call, .deadlineExceeded)
        }
        closeIfDrained()
    }

    /// Goes on with what the pool has finished.
    package func handleFinishedWork() {
        let (done, calls) = inbox.take()
        for call in calls { ask(call) }
        for finished in done {
            guard let item = working.remove(id: finished.id) else { continue }
            guard item.deadline > MonotonicClock.nowNanoseconds else {
                respond(item.call, .deadlineExceeded)
                continue
            }
            follow(item.run.resume(finished.result), item.call, item.deadline, item.run)
        }
        closeIfDrained()
    }

    /// Asks the host to open nothing more; once it agreed and all is answered, the connection ends.
    package func requestDrain() {
        guard session.phase == .ready, !drainIsRequested else { return }
        drainIsRequested = true
        send(.drain, call: 0)
    }

    // MARK: Frames

    private func handle(_ event: consuming PluginSession.Event) throws(WireError) {
        switch consume event {
        case .request(let call, let request): try start(call, request)
        case .storageReply(let call, let reply): try resume(call, reply)
        case .greeted(let reply):
            decoder.maxPayloadBytes = session.maxPayloadBytes
            parked = CallTable(side: .plugin, maxInFlight: session.maxCallsInFlight)
            send(.helloReply(reply), call: 0)
        case .mount(let call, let spec):
            try checkUnused(call)
            send(.mountReply(mounts.mount(spec)), call: call)
        case .unmount(let call, let unmount):
            try checkUnused(call)
            mounts.unmount(unmount.id)
            send(.unmountReply(UnmountReply()), call: call)
        case .cancelled(let call): cancel(call)
        case .invalidate(let entry): invalidate(entry)
        case .pinged(let call):
            try checkUnused(call)
            send(.pong, call: call)
        case .ponged: throw WireError(.invalidCall, "a pong to a ping that never was")
        case .drain: break
        case .closed(let close):
            end = (true, close.reason == .goingAway ? nil : WireError(close.reason, close.message))
        }
        closeIfDrained()
    }

    /// One id, one answer: a call cannot be opened under the id of one that is open.
    private func checkUnused(_ call: UInt64) throws(WireError) {
        guard waiting[call] == nil, !working.contains(call: call) else {
            throw WireError(.invalidCall, "a call id that is in use")
        }
    }

    private func start(_ call: UInt64, _ request: consuming EngineRequest) throws(WireError) {
        try checkUnused(call)
        guard session.phase == .ready else {
            return respond(call, PluginFailure(.unavailable, "the plugin is about to end"))
        }
        guard waiting.count + working.count < callLimit else {
            return respond(call, PluginFailure(.unavailable, "too many calls in flight"))
        }
        guard let engine = view.engine(request.mount, in: mounts) else {
            return respond(call, PluginFailure(.unavailable, "no such mount in this process"))
        }
        let deadline =
            request.deadlineMilliseconds == 0
            ? UInt64.max
            : MonotonicClock.nowNanoseconds + UInt64(request.deadlineMilliseconds) * 1_000_000
        do throws(PluginError) {
            let run = try HandlerRun(engine, request, now: .now)
            follow(run.start(), call, deadline, run)
        } catch {
            respond(call, error.failure)
        }
    }

    private func resume(_ storageCall: UInt64, _ reply: StorageReply) throws(WireError) {
        guard let parked = parked.close(storageCall) else {
            // A request that was cancelled or ran out of time does not want its reply any more.
            guard self.parked.wasOpened(storageCall) else {
                throw WireError(.invalidCall, "a reply to a storage call that never was")
            }
            return
        }
        if let thread = parked.thread { return thread.finish(reply) }
        waiting[parked.call] = nil
        guard parked.deadline > MonotonicClock.nowNanoseconds else {
            return respond(parked.call, .deadlineExceeded)
        }
        follow(parked.run.resume(reply), parked.call, parked.deadline, parked.run)
    }

    private func follow(
        _ step: HandlerRun.Step, _ call: UInt64, _ deadline: UInt64, _ run: HandlerRun
    ) {
        switch step {
        case .answer(let response): send(response, call: call)
        case .call(let action):
            park(Parked(call: call, deadline: deadline, run: run), action)
        case .work(let body):
            submit(body, to: pool, WorkTable.Item(call: call, deadline: deadline, run: run))
        case .heavyWork(let body):
            submit(body, to: heavyPool, WorkTable.Item(call: call, deadline: deadline, run: run))
        case .wait(let body):
            submit(body, to: waitingPool, WorkTable.Item(call: call, deadline: deadline, run: run))
        }
    }

    private func submit(
        _ body: @escaping @Sendable () throws -> Outcome, to pool: WorkPool, _ item: WorkTable.Item
    ) {
        let id = working.add(item)
        let work = Work(
            id: id, deadline: item.deadline, ticket: item.ticket, body: body, inbox: inbox,
            mayAsk: pool === waitingPool)
        guard inbox.open(), pool.submit(work) else {
            _ = working.remove(id: id)
            return respond(item.call, PluginFailure(.unavailable, "too much work is waiting"))
        }
    }

    private func park(_ work: Parked, _ action: StorageAction) {
        guard let storageCall = try? parked.open(work, deadline: work.deadline) else {
            return respond(work.call, PluginFailure(.unavailable, "too many storage calls"))
        }
        let request = StorageRequest(
            mount: work.run.mount, parentCall: work.call, action: action)
        guard send(.storage(request), call: storageCall) else {
            _ = parked.close(storageCall)
            return respond(
                work.call, PluginFailure(.invalidRequest, "the entries are too large to store"))
        }
        waiting[work.call] = storageCall
    }

    /// Opens the call that a thread waits for, as long as its request has not ended.
    private func ask(_ thread: ThreadCall) {
        guard let item = working[thread.work] else { return thread.finish(ThreadCall.cancelled) }
        guard item.deadline > MonotonicClock.nowNanoseconds else {
            return thread.finish(.failure(.deadlineExceeded))
        }
        let parked = Parked(
            call: item.call, deadline: item.deadline, run: item.run, thread: thread)
        guard let storageCall = try? self.parked.open(parked, deadline: item.deadline) else {
            return thread.finish(
                .failure(PluginFailure(.unavailable, "too many storage calls")))
        }
        let request = StorageRequest(
            mount: item.run.mount, parentCall: item.call, action: thread.action)
        guard send(.storage(request), call: storageCall) else {
            _ = self.parked.close(storageCall)
            return thread.finish(
                .failure(PluginFailure(.invalidRequest, "the call is too large")))
        }
    }

    private func cancel(_ call: UInt64) {
        if let item = working.remove(call: call) {
            item.ticket.drop()
            return respond(call, PluginFailure(.cancelled, "the request was cancelled"))
        }
        guard let storageCall = waiting.removeValue(forKey: call) else { return }
        _ = parked.close(storageCall)
        respond(call, PluginFailure(.cancelled, "the request was cancelled"))
    }

    private func invalidate(_ entry: Invalidate) {
        guard let engine = view.engine(entry.mount, in: mounts),
            let key = String(validating: entry.key, as: UTF8.self)
        else { return }
        engine.engine.invalidate?(key)
    }

    // MARK: Sending

    private func send(_ response: EngineResponse, call: UInt64) {
        guard !send(.response(response), call: call) else { return }
        respond(call, PluginFailure(.internalError, "the answer is too large"))
    }

    private func respond(_ call: UInt64, _ failure: PluginFailure) {
        send(.response(EngineResponse(failure: failure)), call: call)
    }

    /// False, and nothing sent, when the message is larger than what the host takes.
    @discardableResult
    private func send(_ message: Message, call: UInt64) -> Bool {
        let start = out.count
        guard message.encode(call: call, into: &out) > session.maxPayloadBytes else { return true }
        out.withUnsafeMutableBytes {
            wipe(UnsafeMutableRawBufferPointer(rebasing: $0[start...]))
        }
        out.removeLast(out.count - start)
        return false
    }

    private func closeIfDrained() {
        guard session.phase == .draining, waiting.isEmpty, working.count == 0 else { return }
        if let close = session.close(WireError(.goingAway, "drained")) { send(close, call: 0) }
        end = (true, nil)
    }

    private func fail(_ error: WireError) {
        if let close = session.close(error) { send(close, call: 0) }
        end = (true, error)
    }
}

extension PluginFailure {
    fileprivate static let deadlineExceeded = PluginFailure(
        .deadlineExceeded, "the request took too long")
}
