// Prints answers in the format that the user asked for.

import JSON

struct Printer: Sendable {
    let console: any Console
    let format: OutputFormat
    let field: String?

    var isTable: Bool { format == .table }

    /// A whole answer, or the one field of it that was asked for.
    func secret(_ secret: Secret) throws(CommandError) {
        if let field {
            try rawField(field, of: secret.field(field), in: "secret", warnings: secret.warnings)
            return
        }
        guard isTable else {
            try value(secret.json)
            return
        }
        warn(secret.warnings)
        if let text = SecretTable.text(secret) { console.printLine(text) }
    }

    /// A list's keys.
    func list(_ secret: Secret) throws(CommandError) {
        let keys = secret.keys ?? []
        guard isTable else {
            try value(.array(keys))
            return
        }
        warn(secret.warnings)
        var table = Table("Keys")
        for key in keys.compactMap(\.stringValue).sortedByBytes { table.append(key) }
        if !table.isEmpty { console.printLine(table.text) }
    }

    /// Data without an envelope.
    func data(_ object: JSONObject) throws(CommandError) {
        guard isTable else {
            try value(JSONValue.object(object).sorted)
            return
        }
        if let text = SecretTable.text(object) { console.printLine(text) }
    }

    /// Any value, in a format for machines.
    func value(_ value: JSONValue) throws(CommandError) {
        switch format {
        case .table, .json:
            console.write(value.encoded(pretty: true, sortedKeys: false) + [UInt8(ascii: "\n")])
        case .yaml:
            console.printLine(YAML.text(value))
        case .raw:
            throw .client(
                "This command does not support the -format=raw option; only `coffer read` does.")
        }
    }

    /// One field, for a script: the bare value, without a line end unless a person reads it.
    func rawField(
        _ name: String, of value: JSONValue?, in kind: String, warnings: [String] = []
    ) throws(CommandError) {
        guard let value, value != .null else {
            throw .client("Field \"\(name)\" not present in \(kind)")
        }
        guard isTable else {
            try self.value(value.sorted)
            return
        }
        warn(warnings)
        let end = console.isOutputTerminal ? "\n" : ""
        console.write(Array((PlainValue.text(value) + end).utf8))
    }

    /// Words for people, left out of the formats for machines.
    func success(_ text: String) {
        if isTable { console.printLine(text) }
    }

    func warn(_ warnings: [String]) {
        guard !warnings.isEmpty else { return }
        console.printError("WARNING! The following warnings were returned from Coffer:\n")
        for warning in warnings {
            console.printError(TextWrap.fill("* " + warning, indent: 2) + "\n")
        }
    }
}

extension [String] {
    var sortedByBytes: [String] { sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
}
