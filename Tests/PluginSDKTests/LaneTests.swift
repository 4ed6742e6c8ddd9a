import Glibc
import Testing
import Wire

@testable import PluginSDK

/// The runtime on a real socket pair: its thread reads, handles and writes; the test is the core.
@Suite("A lane on its socket")
struct LaneTests {
    private func start(
        _ flag: DrainFlag = DrainFlag(), _ witness: Witness = Witness()
    ) throws -> (Socket, PluginSDK.Thread) {
        var ends: [Int32] = [0, 0]
        try #require(
            socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let plugin = ends[1]
        Signals.ignoreTerminal()
        let thread = PluginSDK.Thread {
            let inbox = WorkInbox()
            let connection = Connection(
                offer: HelloReply(name: "test", version: "1", type: .secret),
                mounts: MountTable { _ in testEngine(witness) }, inbox: inbox)
            return Lane(
                descriptor: plugin, connection: connection, inbox: inbox, isDraining: flag
            ).run()
        }
        let socket = Socket(descriptor: ends[0])
        socket.send(.hello(Hello(lane: 0)), call: 0)
        socket.send(.mount(MountSpec(id: Self.mount, generation: 1)), call: 1)
        guard case .helloReply = try socket.next()?.message,
            case .mountReply = try socket.next()?.message
        else {
            Issue.record("no handshake")
            return (socket, thread)
        }
        return (socket, thread)
    }

    private static let mount = MountID(high: 1, low: 2)

    private func request(_ path: String, deadline: UInt32 = 0) -> Message {
        .request(
            EngineRequest(
                mount: Self.mount, operation: 2, path: Array(path.utf8),
                deadlineMilliseconds: deadline))
    }

    @Test("thousands of requests in one go are all answered")
    func pipelined() throws {
        let (socket, thread) = try start()
        let writer = PluginSDK.Thread {
            for call in 0..<5_000 { socket.send(request("plain"), call: UInt64(call * 2 + 3)) }
            return true
        }
        var answered: Set<UInt64> = []
        while answered.count < 5_000, let (call, _) = try socket.next() { answered.insert(call) }
        #expect(answered.count == 5_000)
        #expect(writer.join())
        socket.close()
        #expect(thread.join())
    }

    @Test("work on another thread holds nothing up, and its answer comes when it is done")
    func work() throws {
        let witness = Witness()
        let (socket, thread) = try start(DrainFlag(), witness)
        socket.send(request("work"), call: 3)
        for call in 0..<100 as Range<UInt64> { socket.send(request("plain"), call: call * 2 + 5) }
        for call in 0..<100 as Range<UInt64> {
            #expect(try socket.next()?.call == call * 2 + 5)
        }
        witness.openGate()
        // It goes on where it came from: with storage, over this lane.
        guard case (let call, .storage(let read))? = try socket.next(), read.parentCall == 3 else {
            Issue.record("no storage call")
            return
        }
        let entry = StorageEntry(key: Array("counter/a".utf8), value: [7], revision: 1)
        socket.send(.storageReply(.entries([entry])), call: call)
        guard case (3, .response(let response))? = try socket.next() else {
            Issue.record("no answer")
            return
        }
        #expect(response.data == Array(#"{"value":7}"#.utf8))
        socket.close()
        #expect(thread.join())
    }

    @Test("of those who wait for others many do so at once, and work goes on beside them")
    func manyWait() throws {
        let witness = Witness()
        let (socket, thread) = try start(DrainFlag(), witness)
        for call in 0..<24 as Range<UInt64> { socket.send(request("wait"), call: call * 2 + 5) }
        while witness.count < 24 { sched_yield() }
        socket.send(request("hardwork"), call: 3)
        #expect(try socket.next()?.call == 3)
        for _ in 0..<24 { witness.openGate() }
        for _ in 0..<24 { #expect(try socket.next()?.call != 3) }
        socket.close()
        #expect(thread.join())
    }

    @Test("what fails on another thread is answered as what fails on this one")
    func failedWork() throws {
        let (socket, thread) = try start()
        socket.send(request("hardwork"), call: 3)
        guard case (3, .response(let response))? = try socket.next() else {
            Issue.record("no answer")
            return
        }
        #expect(response.failure?.code == .permissionDenied)
        socket.close()
        #expect(thread.join())
    }

    @Test("work that is cancelled is answered at once, and what it came to is dropped")
    func cancelledWork() throws {
        let witness = Witness()
        let (socket, thread) = try start(DrainFlag(), witness)
        socket.send(request("work"), call: 3)
        socket.send(.cancel, call: 3)
        guard case (3, .response(let response))? = try socket.next() else {
            Issue.record("no answer")
            return
        }
        #expect(response.failure?.code == .cancelled)
        witness.openGate()
        socket.send(request("plain"), call: 5)
        #expect(try socket.next()?.call == 5)
        socket.close()
        #expect(thread.join())
    }

    /// What the thread of request 3 asks for.
    private func asked(_ socket: Socket) throws -> (call: UInt64, DatabaseCall)? {
        guard case (let call, .storage(let request))? = try socket.next(), request.parentCall == 3,
            case .database(let asked) = request.action
        else { return nil }
        return (call, asked)
    }

    @Test("a step that waits asks the host on its thread, and nothing is held up meanwhile")
    func databaseCall() throws {
        let (socket, thread) = try start()
        socket.send(request("database"), call: 3)
        let (call, asked) = try #require(try asked(socket))
        #expect(asked.plugin == "other" && asked.version == "v1" && asked.operation == "type")
        #expect(asked.data == Array(#"{"connection":"c"}"#.utf8))
        #expect(asked.timeoutMilliseconds == 3_000)
        socket.send(request("plain"), call: 5)
        #expect(try socket.next()?.call == 5)
        let answer = DatabaseAnswer(data: Array(#"{"type":"x"}"#.utf8), version: "v1.0.0")
        socket.send(.storageReply(.database(answer)), call: call)
        guard case (3, .response(let response))? = try socket.next() else {
            Issue.record("no answer")
            return
        }
        #expect(response.data == Array(#"{"type":"x","by":"v1.0.0"}"#.utf8))
        socket.close()
        #expect(thread.join())
    }

    @Test(
        "what comes instead of an answer is the step's failure",
        arguments: [
            (StorageReply.failure(PluginFailure(.unavailable, "down")), FailureCode.unavailable),
            (.committed(revision: 1), .internalError),
            (.database(DatabaseAnswer(data: Array("[1]".utf8), version: "")), .upstreamFailed),
        ])
    func failedDatabaseCall(_ reply: StorageReply, _ code: FailureCode) throws {
        let (socket, thread) = try start()
        socket.send(request("database"), call: 3)
        let (call, _) = try #require(try asked(socket))
        socket.send(.storageReply(reply), call: call)
        guard case (3, .response(let response))? = try socket.next() else {
            Issue.record("no answer")
            return
        }
        #expect(response.failure?.code == code)
        socket.close()
        #expect(thread.join())
    }

    @Test("a request that is cancelled or out of time is answered, and its thread goes on")
    func endedDatabaseCall() throws {
        let (socket, thread) = try start()
        socket.send(request("database"), call: 3)
        let (call, _) = try #require(try asked(socket))
        socket.send(.cancel, call: 3)
        guard case (3, .response(let cancelled))? = try socket.next() else {
            Issue.record("no answer")
            return
        }
        #expect(cancelled.failure?.code == .cancelled)
        // Too late for the request, and still the answer to an open call.
        socket.send(
            .storageReply(.database(DatabaseAnswer(data: [], version: ""))), call: call)
        socket.send(request("database", deadline: 20), call: 5)
        guard case .storage? = try socket.next()?.message,
            case (5, .response(let late))? = try socket.next()
        else {
            Issue.record("no answer")
            return
        }
        #expect(late.failure?.code == .deadlineExceeded)
        socket.send(request("plain"), call: 7)
        #expect(try socket.next()?.call == 7)
        socket.close()
        #expect(thread.join())
    }

    @Test("work that computes may not wait for the host")
    func databaseCallAtWork() throws {
        let (socket, thread) = try start()
        socket.send(request("database-at-work"), call: 3)
        guard case (3, .response(let response))? = try socket.next() else {
            Issue.record("no answer")
            return
        }
        #expect(response.failure?.code == .internalError)
        socket.close()
        #expect(thread.join())
    }

    @Test("a deadline passes although nothing more comes in")
    func deadline() throws {
        let (socket, thread) = try start()
        socket.send(request("counter/a", deadline: 20), call: 3)
        guard case .storage = try socket.next()?.message,
            case .response(let response) = try socket.next()?.message
        else {
            Issue.record("no answer")
            return
        }
        #expect(response.failure?.code == .deadlineExceeded)
        socket.close()
        #expect(thread.join())
    }

    @Test("a nudge makes an idle lane ask to be drained, and it ends in order")
    func drain() throws {
        let flag = DrainFlag()
        let (socket, thread) = try start(flag)
        flag.set()
        let nudger = PluginSDK.Thread {
            // As the signal thread does it: again, until the lane has seen the flag.
            for _ in 0..<500 {
                thread.nudge()
                usleep(5_000)
                if socket.isClosing { break }
            }
            return true
        }
        #expect(try socket.next()?.message == .drain)
        socket.send(.drain, call: 0)
        guard case .close(let close) = try socket.next()?.message else {
            Issue.record("not closed")
            return
        }
        socket.isClosing = true
        #expect(close.reason == .goingAway)
        #expect(try socket.next()?.message == nil)
        #expect(thread.join())
        #expect(nudger.join())
        socket.close()
    }

    @Test("a broken frame ends the lane, which says so first")
    func broken() throws {
        let (socket, thread) = try start()
        socket.send([UInt8](repeating: 0xEE, count: 64))
        guard case .close = try socket.next()?.message else {
            Issue.record("not closed")
            return
        }
        #expect(try socket.next()?.message == nil)
        #expect(!thread.join())
        socket.close()
    }
}
