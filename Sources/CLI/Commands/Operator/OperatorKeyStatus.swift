// `coffer operator key-status`: the barrier key that is in use.

import JSON

extension Command {
    static let operatorKeyStatus = Command(
        "operator key-status", "Shows the encryption key in use", usage: "[options]",
        about: """
            Shows the number of the encryption key in use, when it was installed and how often it \
            was used.
            """,
        examples: [Example("Show the status of the key:", "coffer operator key-status")],
        takes: .none
    ) { call in
        try await call.showKeyStatus(of: call.client())
        return .success
    }
}

extension Invocation {
    func showKeyStatus(of client: APIClient) async throws {
        let answer = try await during("Error reading key status") {
            try await client.object(.get("sys/key-status"))
        }
        let status = answer["data"]?.objectValue ?? answer
        guard output.isTable else {
            try output.value(.object(status))
            return
        }
        var table = KeyLines()
        table.append("Key Term", status["term"].map(PlainValue.text) ?? "")
        table.append("Install Time", status["install_time"].map(PlainValue.text) ?? "")
        table.append("Encryption Count", status["encryptions"].map(PlainValue.text) ?? "")
        console.printLine(table.text)
    }
}

/// Names and values without a head, as the key commands print them.
struct KeyLines {
    private var lines: [(name: String, value: String)] = []

    mutating func append(_ name: String, _ value: String) { lines.append((name, value)) }

    var text: String {
        let width = lines.map(\.name.count).max() ?? 0
        return lines.map { line in
            let value = Printable.text(line.value.trimmed)
            let gap = String(repeating: " ", count: width - line.name.count + 4)
            return line.name + gap + (value.isEmpty ? "n/a" : value)
        }.joined(separator: "\n")
    }
}
