// `coffer namespace list`.

import JSON

extension Command {
    static let namespaceList = Command(
        "namespace list", "List child namespaces", usage: "[options]",
        about: "Lists the namespaces directly below the current one.",
        examples: [Example("With their ids and metadata:", "coffer namespace list -detailed")],
        flags: [.detailed], takes: .none
    ) { call in
        let client = try call.client()
        let secret = try await call.during("Error listing namespaces") {
            try await client.list("sys/namespaces")
        }
        let names = secret?.keys ?? []
        guard !names.isEmpty else { throw CommandError.server("No namespaces found") }
        let isDetailed = call.flags.bool(.detailed)
        let info = secret?.data?["key_info"]?.objectValue ?? JSONObject()
        guard call.output.isTable else {
            try call.output.value(
                isDetailed ? JSONValue.object(info).sorted : .array(names))
            return .success
        }
        var table = Table(["Keys"] + (isDetailed ? ["ID", "Locked", "Custom Metadata"] : []))
        for name in names.compactMap(\.stringValue) {
            let namespace = info[name]
            let metadata = namespace?["custom_metadata"]?.objectValue?.sortedMembers ?? []
            let details = [
                namespace?["id"]?.stringValue ?? "",
                String(namespace?["locked"]?.boolValue ?? false),
                metadata.map { $0.key + "=" + PlainValue.text($0.value) }
                    .joined(separator: " "),
            ]
            table.append([name] + (isDetailed ? details : []))
        }
        call.console.printLine(table.text)
        return .success
    }
}
