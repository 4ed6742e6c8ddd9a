import Testing
import Wire

@Suite(.blocking) struct StorageTests {
    private let id = MountID(high: 0xC0, low: 0xFF)

    /// All requests one after the other with a storage that behaves so; what became of those that
    /// were refused something.
    private func refused(
        _ mount: ConformanceMount, _ behaviour: StorageDesk.Behaviour
    ) throws -> [(name: String, response: EngineResponse)] {
        let conversation = try Conversation(try Host(mount.plugin, lanes: 1))
        let reply = try conversation.mount(id, options: mount.options)
        var refused: [(String, EngineResponse)] = []
        for request in try DerivedRequest.all(reply.routes) {
            conversation.desk.behaviour = behaviour
            let call = conversation.call(.request(request.request(id, data: request.markedData)))
            let response = try conversation.response(to: call)
            if conversation.desk.wasRefused(call) { refused.append((request.name, response)) }
        }
        try conversation.drain()
        #expect(conversation.violations == [])
        return refused
    }

    @Test(
        "a storage that fails makes a failure and not a hang", arguments: ConformanceMount.all,
        [FailureCode.internalError, .unavailable])
    func failing(_ mount: ConformanceMount, _ code: FailureCode) throws {
        for (name, response) in try refused(mount, .failing(code)) {
            #expect(response.failure != nil, "\(name)")
        }
    }

    @Test(
        "a storage reply of the wrong kind makes a failure and not a hang",
        arguments: ConformanceMount.all)
    func confused(_ mount: ConformanceMount) throws {
        for (name, response) in try refused(mount, .confused) {
            #expect(response.failure != nil, "\(name)")
        }
    }

    @Test(
        "a write that conflicts is tried again on what is there then, for a bounded time",
        arguments: ConformanceMount.all, [2, Int.max])
    func conflicting(_ mount: ConformanceMount, _ conflicts: Int) throws {
        let conversation = try Conversation(try Host(mount.plugin, lanes: 1))
        let reply = try conversation.mount(id, options: mount.options)
        for request in try DerivedRequest.all(reply.routes) where request.isWrite {
            // Entries sent along are as stale as can be after a conflict.
            let stale = request.request(
                id, data: request.markedData, prefetchedFrom: conversation.desk)
            conversation.desk.behaviour = .conflicting(conflicts)
            let response = try conversation.respond(stale)
            guard case .conflicting(let left) = conversation.desk.behaviour, left < conflicts else {
                continue
            }
            if conflicts == .max {
                #expect(response.failure != nil, "\(request.name)")
            } else {
                #expect(left == 0, "\(request.name) gives up after \(conflicts - left) conflicts")
                #expect(response.failure?.code != .unavailable, "\(request.name)")
            }
        }
        conversation.desk.behaviour = .faithful
        try conversation.drain()
        #expect(conversation.violations == [])
    }

    @Test("a plugin that uses storage is one that this suite sees", arguments: ConformanceMount.all)
    func isSeen(_ mount: ConformanceMount) throws {
        guard ["coffer-plugin-kv", "coffer-plugin-test"].contains(mount.plugin.name) else { return }
        #expect(try !refused(mount, .failing(.unavailable)).isEmpty)
    }
}
