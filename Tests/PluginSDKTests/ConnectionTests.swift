import Clock
import Paths
import PluginSDK
import PluginTesting
import Synchronization
import Testing
import Wire

private let read = Operation.read.rawValue
private let update = Operation.update.rawValue

@Suite("A plugin's connection")
struct ConnectionTests {
    @Test("a request is answered with its call id")
    func answer() throws {
        let host = try TestHost.ready()
        let call = host.request(read, "plain")
        let responses = try host.run()
        #expect(responses.keys.sorted() == [call])
        #expect(responses[call]?.data == Array(#"{"a":1}"#.utf8))
    }

    @Test("the mount's reply declares its routes")
    func declaration() throws {
        let host = TestHost(MountTable { _ in testEngine() })
        host.send(.hello(Hello(lane: 0)), call: 0)
        _ = try host.next()
        _ = host.open(.mount(MountSpec(id: host.mount, generation: 1)))
        guard case .mountReply(let reply) = try host.next()?.message else {
            Issue.record("not mounted")
            return
        }
        #expect(reply.initialises)
        #expect(reply.unauthenticatedPaths == ["plain"])
        #expect(reply.sudoPaths == ["fail/*"])
        let counter = try #require(reply.routes.first { $0.pattern == "counter/:name" })
        #expect(counter.operations.contains(OperationBits(operation: read)))
        #expect(counter.operations.contains(OperationBits(operation: update)))
        #expect(!counter.operations.contains(OperationBits(operation: Operation.delete.rawValue)))
        let both = OperationBits(operation: read).union(OperationBits(operation: update))
        #expect(counter.reads == [ReadDeclaration(operations: both, keys: ["counter/{name}"])])
        #expect(counter.existence == "counter/{name}")
        #expect(counter.fields.first?.name == "by")
        #expect(counter.fields.first?.kind == FieldKind.integer.rawValue)
    }

    @Test("a handler that waits for storage blocks nobody, and answers come in any order")
    func parking() throws {
        let host = try TestHost.ready()
        let slow = host.request(update, "counter/a")
        let quick = host.request(read, "plain")
        let first = try #require(try host.next())
        guard case .storage(let get) = first.message else {
            Issue.record("no storage call")
            return
        }
        #expect(get.parentCall == slow)
        #expect(get.mount == host.mount)
        #expect(try host.next()?.call == quick)
        host.send(.storageReply(host.storage.perform(get.action)), call: first.call)
        let responses = try host.run()
        #expect(responses[slow]?.failure == nil)
        #expect(host.storage["counter/a"] == [1])
    }

    @Test("a hundred writers on one entry lose no update")
    func writers() throws {
        let host = try TestHost.ready()
        var calls: [UInt64] = []
        for _ in 0..<10 {
            for _ in 0..<10 { calls.append(host.request(update, "counter/a")) }
            let responses = try host.run()
            #expect(responses.count == 10)
            #expect(responses.values.allSatisfy { $0.failure == nil })
        }
        #expect(host.storage["counter/a"] == [100])
    }

    @Test("a cancelled request is answered once, and its late storage reply is dropped")
    func cancel() throws {
        let host = try TestHost.ready()
        let call = host.request(update, "counter/a")
        let storageCall = try #require(try host.next()).call
        host.send(.cancel, call: call)
        let answer = try #require(try host.next())
        guard case .response(let response) = answer.message else {
            Issue.record("no answer")
            return
        }
        #expect(answer.call == call)
        #expect(response.failure?.code == .cancelled)
        host.send(.storageReply(.entries([])), call: storageCall)
        host.send(.cancel, call: call)
        #expect(try host.run().isEmpty)
        #expect(!host.connection.end.isOver)
        #expect(host.connection.parkedCount == 0)
    }

    @Test("a request whose time is over is answered so, and does not go on")
    func deadline() throws {
        let host = try TestHost.ready()
        let call = host.request(update, "counter/a", deadlineMilliseconds: 1)
        let storageCall = try #require(try host.next()).call
        let expiry = try #require(host.connection.nextExpiry)
        host.connection.expire(now: expiry - 1)
        #expect(host.connection.parkedCount == 1)
        host.connection.expire(now: expiry)
        #expect(try host.run()[call]?.failure?.code == .deadlineExceeded)
        host.send(.storageReply(.entries([])), call: storageCall)
        #expect(try host.run().isEmpty)
        #expect(host.storage.commits == 0)
    }

    @Test("a storage reply that comes after the deadline makes no further call")
    func lateReply() throws {
        let host = try TestHost.ready()
        let call = host.request(update, "counter/a", deadlineMilliseconds: 1)
        let expiry = try #require(host.connection.nextExpiry)
        while MonotonicClock.nowNanoseconds <= expiry {}
        #expect(try host.run()[call]?.failure?.code == .deadlineExceeded)
        #expect(host.storage.commits == 0)
    }

    @Test("a reply to a storage call that never was ends the connection by name")
    func unknownReply() throws {
        let host = try TestHost.ready()
        host.send(.storageReply(.committed(revision: 1)), call: 2)
        #expect(try host.closeReason() == .invalidCall)
    }

    @Test("a call id that is in use ends the connection by name")
    func repeatedCall() throws {
        let host = try TestHost.ready()
        let request = EngineRequest(
            mount: host.mount, operation: update, path: Array("counter/a".utf8))
        host.send(.request(request), call: 101)
        _ = try host.next()
        host.send(.request(request), call: 101)
        #expect(try host.closeReason() == .invalidCall)
    }

    @Test("a storage reply of the wrong sort fails its request and nothing else")
    func wrongReply() throws {
        let host = try TestHost.ready()
        for reply in [
            StorageReply.committed(revision: 1), .names([], more: false), .entries([]),
            .conflict(key: [1]),
            .entries([StorageEntry(key: [1], value: nil, revision: 0)]),
        ] {
            let call = host.request(read, "counter/a")
            let storageCall = try #require(try host.next()).call
            host.send(.storageReply(reply), call: storageCall)
            #expect(try host.run()[call]?.failure?.code == .internalError)
        }
        #expect(!host.connection.end.isOver)
    }

    @Test("a broken frame is answered with close and its reason")
    func broken() throws {
        let host = try TestHost.ready()
        host.send([1, 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0xFF])
        #expect(try host.closeReason() == .malformedMessage)
        #expect(host.connection.end.error?.reason == .malformedMessage)
        // What follows is not looked at.
        _ = host.request(read, "plain")
        #expect(try host.next()?.message == nil)
    }

    @Test("before the handshake frames are small")
    func handshakeLimit() throws {
        let host = TestHost(MountTable { _ in testEngine() })
        let length = UInt32(WireLimits.maxHandshakePayloadBytes + 1)
        host.send(withUnsafeBytes(of: length.littleEndian) { [UInt8]($0) } + [1] + [0, 0, 0])
        host.send([UInt8](repeating: 0, count: 8))
        #expect(try host.closeReason() == .frameTooLarge)
    }

    @Test("an answer or a write too large for a frame fails its request alone")
    func tooLarge() throws {
        let host = try TestHost.ready()
        let answer = host.request(read, "big")
        let write = host.request(update, "bigput")
        let responses = try host.run()
        #expect(responses[answer]?.failure?.code == .internalError)
        #expect(responses[write]?.failure?.code == .invalidRequest)
        #expect(host.connection.parkedCount == 0)
        let after = host.request(read, "plain")
        #expect(try host.run()[after]?.failure == nil)
    }

    @Test("calls beyond the agreed number are shed")
    func shedding() throws {
        let host = try TestHost.ready(maxCalls: 2)
        let calls = (0..<3).map { host.request(update, "counter/\($0)") }
        let responses = try host.run()
        #expect(responses[calls[2]]?.failure?.code == .unavailable)
        #expect(responses[calls[0]]?.failure == nil)
        #expect(responses[calls[1]]?.failure == nil)
    }

    @Test("storage calls stay within what the host takes")
    func storageCalls() throws {
        let host = try TestHost.ready(maxStorageCalls: 1)
        let first = host.request(update, "counter/a")
        let second = host.request(update, "counter/b")
        let responses = try host.run()
        #expect(responses[first]?.failure == nil)
        #expect(responses[second]?.failure?.code == .unavailable)
    }

    @Test("an engine is made once for a generation, whichever connections ask")
    func generations() throws {
        let made = Atomic(0)
        let mounts = MountTable { mount in
            made.add(1, ordering: .relaxed)
            if mount.options["version"] == "9" {
                throw PluginError(.invalidRequest, "no version 9")
            }
            return testEngine()
        }
        let hosts = [TestHost(mounts), TestHost(mounts)]
        for host in hosts { host.send(.hello(Hello(lane: 0)), call: 0) }
        func mount(_ host: TestHost, _ generation: UInt32, _ version: String) throws
            -> PluginFailure?
        {
            let options = ["version": version]
            let call = host.open(
                .mount(MountSpec(id: host.mount, generation: generation, options: options)))
            while let (answered, message) = try host.next() {
                if answered == call, case .mountReply(let reply) = message { return reply.error }
            }
            Issue.record("no reply to mount")
            return nil
        }
        for host in hosts { #expect(try mount(host, 1, "1") == nil) }
        #expect(made.load(ordering: .relaxed) == 1)
        #expect(try mount(hosts[0], 2, "9")?.message == "no version 9")
        #expect(try mount(hosts[0], 3, "1") == nil)
        #expect(try mount(hosts[1], 2, "1") == nil)
        #expect(made.load(ordering: .relaxed) == 3)

        // A mount belongs to the process: it serves, and ends, on every connection.
        let call = hosts[1].request(read, "plain")
        #expect(try hosts[1].run()[call]?.failure == nil)
        _ = hosts[0].open(.unmount(Unmount(id: hosts[0].mount)))
        let after = hosts[1].request(read, "plain")
        #expect(try hosts[1].run()[after]?.failure?.code == .unavailable)
    }

    @Test("an engine hears which of its entries changed")
    func invalidate() throws {
        let witness = Witness()
        let host = try TestHost.ready(witness)
        host.send(
            .invalidate(Invalidate(mount: host.mount, key: Array("config".utf8))), call: 0)
        #expect(witness.invalidated.withLock { $0 } == ["config"])
    }

    @Test("draining finishes what is open, takes nothing new, and closes")
    func drain() throws {
        let host = try TestHost.ready()
        let open = host.request(update, "counter/a")
        host.send(.drain, call: 0)
        #expect(!host.connection.end.isOver)
        let late = host.request(read, "plain")
        var responses: [UInt64: EngineResponse] = [:]
        var closed: CloseReason?
        while let (call, message) = try host.next() {
            switch message {
            case .storage(let request):
                host.send(.storageReply(host.storage.perform(request.action)), call: call)
            case .response(let response): responses[call] = response
            case .close(let close): closed = close.reason
            default: Issue.record("unexpected \(message.kind)")
            }
        }
        #expect(responses[open]?.failure == nil)
        #expect(responses[late]?.failure?.code == .unavailable)
        #expect(closed == .goingAway)
        #expect(host.connection.end.isOver)
        #expect(host.connection.end.error == nil)
        #expect(host.storage["counter/a"] == [1])
    }

    @Test("a plugin that is to end asks the host once, and goes when it may")
    func requestDrain() throws {
        let host = try TestHost.ready()
        host.connection.requestDrain()
        host.connection.requestDrain()
        #expect(try host.next()?.message == .drain)
        #expect(try host.next()?.message == nil)
        let call = host.request(read, "plain")
        #expect(try host.run()[call]?.failure == nil)
        host.send(.drain, call: 0)
        #expect(try host.closeReason() == .goingAway)
    }

    @Test("a ping is answered")
    func ping() throws {
        let host = try TestHost.ready()
        let call = host.open(.ping)
        let reply = try #require(try host.next())
        #expect(reply.call == call && reply.message == .pong)
    }

    @Test("frames may come one byte at a time")
    func drip() throws {
        let host = try TestHost.ready()
        var bytes: [UInt8] = []
        let request = EngineRequest(mount: host.mount, operation: read, path: Array("plain".utf8))
        Message.request(request).encode(call: 99, into: &bytes)
        for byte in bytes { host.send([byte]) }
        #expect(try host.run()[99]?.failure == nil)
    }
}

extension TestHost {
    /// The reason of the close that must be the plugin's last word.
    fileprivate func closeReason() throws -> CloseReason? {
        var last: Message?
        while let (_, message) = try next() { last = message }
        #expect(connection.end.isOver)
        guard case .close(let close) = last else { return nil }
        return close.reason
    }
}
