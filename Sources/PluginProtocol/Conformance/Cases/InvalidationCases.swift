// Entries that changed behind the plugin's back.

import Wire

extension Case {
    static let invalidations = [strangeInvalidations, staleEntries]

    private static let strangeInvalidations = Case(
        "a notice of any key, of a mount that is there or not, is taken without a word",
        .invalidations, .mounts
    ) { subject, findings in
        let mount = try TriedMount(subject, findings, lanes: 2)
        let conversation = mount.conversation
        let keys = ["a", "a/b", "e\u{301}", String(repeating: "k", count: WireLimits.maxKeyBytes)]
            .map { Array($0.utf8) }
        for lane in [0, 1] {
            for id in [MountID.tried, MountID(high: 9, low: 9)] {
                for key in keys {
                    conversation.host.send(
                        .invalidate(Invalidate(mount: id, key: key)), lane: lane)
                }
            }
        }
        try conversation.settle()
        for request in mount.requests {
            let code = try conversation.respond(request.request(.tried), lane: 1).failure?.code
            findings.expect(
                code != .internalError, else: "\(request.name) is an internal error afterwards")
        }
        try conversation.drain()
    }

    private static let staleEntries = Case(
        "what is kept in memory is read again after its entry has changed",
        .invalidations, .entriesInMemory
    ) { subject, findings in
        let conversation = try Conversation(try Host(subject, lanes: 2), findings)
        let reply = try conversation.mounted(.tried, subject.options)
        // Without notices an engine may keep nothing, with them it has to heed them; in both cases
        // what it reads the first time it reads again.
        let requests = try DerivedRequest.all(reply.routes)
        for request in requests.filter(\.isWrite) {
            _ = try conversation.respond(request.request(.tried, data: request.markedData))
        }
        let before = try keysAsked(requests.filter { !$0.isWrite }, conversation)
        if reply.wantsInvalidations {
            let keys = before.values.reduce(conversation.desk.allKeys) { $0.union($1) }
            for lane in [0, 1] {
                for key in keys {
                    conversation.host.send(
                        .invalidate(Invalidate(mount: .tried, key: key)), lane: lane)
                }
            }
            try conversation.settle()
        }
        let after = try keysAsked(requests.filter { !$0.isWrite }, conversation)
        for (name, keys) in before {
            findings.expect(
                keys.isSubset(of: after[name] ?? []),
                else: "\(name) is answered from memory after its entries have changed")
        }
        try conversation.drain()
    }

    /// The entries that each request asks its storage for, by the request's name.
    private static func keysAsked(
        _ requests: [DerivedRequest], _ conversation: Conversation
    ) throws -> [String: Set<[UInt8]>] {
        var asked: [String: Set<[UInt8]>] = [:]
        for request in requests {
            let call = conversation.call(.request(request.request(.tried)))
            _ = try conversation.response(to: call)
            asked[request.name, default: []].formUnion(conversation.desk.keysAsked(for: call))
        }
        return asked
    }
}
