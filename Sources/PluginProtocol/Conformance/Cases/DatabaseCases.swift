// Database plugins: that they serve all operations, and take nothing for one that is none. Which
// databases there are nobody knows here, so none is reached.

import JSON
import Paths
import Wire

extension Case {
    static let databases = [databaseOperations, databaseType, databaseRefusals, databaseStorage]

    /// Nothing for a plugin of another type.
    private static func mounted(
        _ subject: Subject, _ findings: Findings
    ) throws -> (Conversation, MountReply)? {
        let conversation = try Conversation(try Host(subject, lanes: 1), findings)
        let reply = try conversation.mounted(.tried, subject.options)
        guard conversation.pluginType == .database else {
            try conversation.drain()
            return nil
        }
        return (conversation, reply)
    }

    private static func ask(
        _ conversation: Conversation, _ operation: String, _ data: String
    ) throws -> EngineResponse {
        try conversation.respond(
            EngineRequest(
                mount: .tried, operation: Paths.Operation.update.rawValue,
                path: Array(operation.utf8),
                data: Array(data.utf8)))
    }

    private static let databaseOperations = Case(
        "a database plugin declares the path of each operation, and no others", .databases,
        .databases
    ) { subject, findings in
        guard let (conversation, reply) = try mounted(subject, findings) else { return }
        let wanted = Set(DatabaseOperation.allCases.map(\.rawValue))
        let update = OperationBits(operation: Paths.Operation.update.rawValue)
        let declared = Set(
            reply.routes.filter { $0.operations.contains(update) }.map(\.pattern))
        for name in wanted.subtracting(declared).sorted() {
            findings.add("\(name) is not declared as a path that is updated")
        }
        for name in declared.subtracting(wanted).sorted() {
            findings.add("\(name) is declared, and no operation of a database plugin")
        }
        findings.expect(
            reply.unauthenticatedPaths.isEmpty && reply.sudoPaths.isEmpty,
            else: "no client ever asks a database plugin, so no path of it needs a right or none")
        findings.expect(
            !reply.wantsInvalidations,
            else: "a database plugin has no storage, so there are no changes to be told of")
        try conversation.drain()
    }

    private static let databaseType = Case(
        "a database plugin says its type, and forgets a connection that it never had", .databases,
        .databases
    ) { subject, findings in
        guard let (conversation, _) = try mounted(subject, findings) else { return }
        let data = #"{"connection":"conformance","config":{}}"#
        let answer = try ask(conversation, "type", data)
        let type = (try? JSONValue(parsing: answer.data))?["type"]?.stringValue ?? ""
        findings.expect(!type.isEmpty, else: "type is answered without a `type`")
        for _ in 0..<2 {
            let closed = try ask(conversation, "close", data)
            findings.expect(
                closed.failure == nil, else: "close fails: \(closed.failure?.message ?? "")")
        }
        try conversation.drain()
    }

    private static let databaseRefusals = Case(
        "a user without a name, a credential or a configuration is refused", .databases, .databases
    ) { subject, findings in
        guard let (conversation, _) = try mounted(subject, findings) else { return }
        let place = #""connection":"conformance","config":{}"#
        let tries = [
            ("initialize", "{}"),
            ("initialize", #"{"connection":"conformance","config":[]}"#),
            ("new-user", "{\(place)}"),
            ("new-user", #"{\#(place),"username":"u"}"#),
            ("new-user", #"{\#(place),"username":"","password":"p"}"#),
            ("new-user", #"{\#(place),"username":"u","credential_type":"none","password":"p"}"#),
            ("update-user", #"{\#(place),"username":"u"}"#),
            ("update-user", "{\(place)}"),
            ("delete-user", "{\(place)}"),
            ("delete-user", ""),
        ]
        for (operation, data) in tries {
            let response = try ask(conversation, operation, data)
            findings.expect(
                response.failure != nil, else: "\(operation) succeeds with \(data)")
        }
        try conversation.drain()
    }

    private static let databaseStorage = Case(
        "a database plugin asks for no storage", .databases, .databases
    ) { subject, findings in
        guard let (conversation, reply) = try mounted(subject, findings) else { return }
        for route in reply.routes {
            let call = conversation.call(
                .request(
                    EngineRequest(
                        mount: .tried, operation: Paths.Operation.update.rawValue,
                        path: Array(route.pattern.utf8),
                        data: Array(#"{"connection":"conformance","config":{}}"#.utf8))))
            _ = try conversation.response(to: call)
            findings.expect(
                conversation.desk.storageCalls(of: call) == 0,
                else: "\(route.pattern) asks for storage")
        }
        try conversation.drain()
    }
}
