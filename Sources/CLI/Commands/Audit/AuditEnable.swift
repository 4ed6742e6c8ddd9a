// `coffer audit enable`.

import JSON

extension Flag {
    fileprivate static let auditPath = Flag(
        "path", .string, "Path to enable it at. The default is its type.", placeholder: "path")
}

extension Command {
    static let auditEnable = Command(
        "audit enable", "Enables an audit device", usage: "[options] TYPE [CONFIG K=V...]",
        about: """
            Enables an audit device of the given type: file, socket or syslog. What it needs to \
            know, such as the file, is given as K=V.
            """,
        examples: [
            Example("Write to a file:", "coffer audit enable file file_path=/var/log/audit.log"),
            Example(
                "Send to a socket:",
                "coffer audit enable -path=collector socket address=127.0.0.1:9090"),
        ],
        families: [.http], flags: [.auditPath, .mountDescription, .local],
        takes: .atLeast(0)
    ) { call in
        guard let type = call.arguments.first?.trimmed, !type.isEmpty else {
            throw CommandError.client(
                "Error enabling audit device: audit type missing. Valid types include 'file', "
                    + "'socket' and 'syslog'.")
        }
        let path = APIPath.sanitized(call.flags.string(.auditPath) ?? type)
        let body: JSONValue = [
            "type": .string(type),
            "description": .string(call.flags.string(.mountDescription) ?? ""),
            "options": try call.data(from: 1), "local": .bool(call.flags.bool(.local)),
        ]
        let client = try call.client()
        _ = try await call.during("Error enabling audit device") {
            try await client.send(.put("sys/audit/\(path)", body))
        }
        call.console.printLine("Success! Enabled the \(type) audit device at: \(path)/")
        return .success
    }
}
