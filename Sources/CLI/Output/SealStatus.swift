// The answer of sys/seal-status with what sys/leader adds, as `status` and `operator unseal` show
// it.

import JSON

struct SealStatus: Sendable {
    private(set) var json: JSONObject

    /// Adds who leads, which a sealed server cannot say.
    static func complete(
        _ seal: JSONObject, call: Invocation, client: APIClient
    ) async throws -> SealStatus {
        var json = seal
        json["ha_enabled"] = json["ha_enabled"] ?? .bool(false)
        if seal["sealed"]?.boolValue == false {
            let leader = try await call.during("Error checking leader status", code: .clientError) {
                try await client.unseen.object(.get("sys/leader"))
            }
            for name in [
                "ha_enabled", "is_self", "active_time", "leader_address",
                "leader_cluster_address",
            ] {
                if let value = leader[name] { json[name] = value }
            }
        }
        return SealStatus(json: json)
    }

    var isSealed: Bool { json["sealed"]?.boolValue ?? true }

    func show(on output: Printer) throws(CommandError) {
        if output.isTable {
            output.console.printLine(table)
        } else {
            try output.value(.object(json.leading(with: Self.order)))
        }
    }

    private static let order = [
        "type", "initialized", "sealed", "t", "n", "progress", "nonce", "version", "build_date",
        "migration", "cluster_name", "cluster_id", "recovery_seal", "storage_type", "ha_enabled",
    ]

    private var table: String {
        var table = Table("Key", "Value")
        func add(_ label: String, _ key: String) {
            guard let value = json[key], value.stringValue != "" else { return }
            table.append(label, PlainValue.text(value))
        }
        let recovery = json["recovery_seal"]?.boolValue == true ? "Recovery " : ""
        let (threshold, progress) = (json["t"]?.intValue ?? 0, json["progress"]?.intValue ?? 0)
        table.append("\(recovery)Seal Type", json["type"]?.stringValue ?? "")
        add("Initialized", "initialized")
        table.append("Sealed", String(isSealed))
        add("Total \(recovery)Shares", "n")
        add("Threshold", "t")
        if isSealed {
            table.append("Unseal Progress", "\(progress)/\(threshold)")
            table.append("Unseal Nonce", json["nonce"]?.stringValue ?? "")
        }
        if json["migration"]?.boolValue == true {
            table.append("Seal Migration in Progress", "true")
        }
        add("Version", "version")
        add("Build Date", "build_date")
        add("Storage Type", "storage_type")
        add("Cluster Name", "cluster_name")
        add("Cluster ID", "cluster_id")
        add("HA Enabled", "ha_enabled")
        if json["ha_enabled"]?.boolValue == true, !isSealed {
            let isActive = json["is_self"]?.boolValue ?? false
            add("HA Cluster", "leader_cluster_address")
            table.append("HA Mode", isActive ? "active" : "standby")
            add(
                isActive ? "Active Since" : "Active Node Address",
                isActive ? "active_time" : "leader_address")
        }
        return table.text
    }
}
