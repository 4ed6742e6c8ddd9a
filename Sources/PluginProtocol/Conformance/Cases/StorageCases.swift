// A storage that fails, answers nonsense, or is changed by somebody else.

import Wire

extension Case {
    static let storage =
        [FailureCode.internalError, .unavailable].map(failing) + [confused]
        + [2, Int.max].map(conflicting)

    /// All requests one after the other with a storage that behaves so; what became of those that
    /// were refused something.
    static func refused(
        _ subject: Subject, _ behaviour: StorageDesk.Behaviour, _ findings: Findings
    ) throws -> [(name: String, response: EngineResponse)] {
        let mount = try TriedMount(subject, findings)
        let conversation = mount.conversation
        var refused: [(String, EngineResponse)] = []
        for request in mount.requests {
            conversation.desk.behaviour = behaviour
            let call = conversation.call(
                .request(request.request(.tried, data: request.markedData)))
            let response = try conversation.response(to: call)
            if conversation.desk.wasRefused(call) { refused.append((request.name, response)) }
        }
        try conversation.drain()
        return refused
    }

    private static func failing(_ code: FailureCode) -> Case {
        Case(
            "a storage that fails (\(code)) makes a failure and not a hang", .storage, .storage
        ) { subject, findings in
            for (name, response) in try refused(subject, .failing(code), findings) {
                findings.expect(
                    response.failure != nil, else: "\(name) succeeds with a storage that fails")
            }
        }
    }

    private static let confused = Case(
        "a storage reply of the wrong kind makes a failure and not a hang", .storage, .storage
    ) { subject, findings in
        for (name, response) in try refused(subject, .confused, findings) {
            findings.expect(
                response.failure != nil,
                else: "\(name) succeeds with a reply that none of its calls can have")
        }
    }

    private static func conflicting(_ conflicts: Int) -> Case {
        let how =
            conflicts == .max
            ? "that always conflicts is given up after a bounded number of tries"
            : "that conflicts \(conflicts) times is tried again on what is there then"
        return Case("a write \(how)", .storage, .storage) { subject, findings in
            let mount = try TriedMount(subject, findings)
            let conversation = mount.conversation
            for request in mount.requests where request.isWrite {
                // Entries sent along are as stale as can be after a conflict.
                let stale = request.request(
                    .tried, data: request.markedData, prefetchedFrom: conversation.desk)
                conversation.desk.behaviour = .conflicting(conflicts)
                let failure = try conversation.respond(stale).failure
                guard case .conflicting(let left) = conversation.desk.behaviour, left < conflicts
                else { continue }
                if conflicts == .max {
                    findings.expect(
                        failure != nil, else: "\(request.name) succeeds without a commit")
                } else {
                    findings.expect(
                        left == 0 && failure?.code != .unavailable,
                        else: "\(request.name) gives up after \(conflicts - left) conflicts")
                }
            }
            conversation.desk.behaviour = .faithful
            try conversation.drain()
        }
    }
}
