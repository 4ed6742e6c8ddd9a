// `coffer audit list`.

import JSON

extension Command {
    static let auditList = Command(
        "audit list", "Lists enabled audit devices", usage: "[options]",
        about: "Lists the enabled audit devices, with their paths and types.",
        examples: [Example("With their options:", "coffer audit list -detailed")],
        flags: [.detailed], takes: .none
    ) { call in
        let client = try call.client()
        let secret = try await call.during("Error listing audits") {
            try await client.send(.get("sys/audit"))
        }
        let devices = secret?.data ?? JSONObject()
        guard call.output.isTable else {
            try call.output.value(JSONValue.object(devices).sorted)
            return .success
        }
        guard !devices.isEmpty else {
            throw CommandError.server("No audit devices are enabled.")
        }
        call.console.printLine(table(of: devices, isDetailed: call.flags.bool(.detailed)))
        return .success
    }
}

private func table(of devices: JSONObject, isDetailed: Bool) -> String {
    var table = Table(
        ["Path", "Type", "Description"] + (isDetailed ? ["Replication", "Options"] : []))
    for (path, device) in devices.sortedMembers {
        var row = [
            path, device["type"]?.stringValue ?? "", device["description"]?.stringValue ?? "",
        ]
        if isDetailed {
            row.append(device["local"]?.boolValue == true ? "local" : "replicated")
            let options = device["options"]?.objectValue?.sortedMembers ?? []
            row.append(
                options.map { $0.key + "=" + PlainValue.text($0.value) }.joined(separator: " "))
        }
        table.append(row)
    }
    return table.text
}
