// The tables of `secrets list` and `auth list`.

import JSON

enum MountTable {
    enum Kind: Sendable { case secrets, auth }

    static func simple(_ mounts: JSONObject, kind: Kind) -> String {
        var table =
            kind == .secrets
            ? Table("Path", "Type", "Accessor", "Description")
            : Table("Path", "Type", "Accessor", "Description", "Version")
        for (path, mount) in mounts.sortedMembers {
            var row = [path] + ["type", "accessor", "description"].map { text(mount[$0]) }
            if kind == .auth { row.append(text(mount["plugin_version"])) }
            table.append(row)
        }
        return table.text
    }

    static func detailed(_ mounts: JSONObject, kind: Kind) -> String {
        var head = ["Path", "Plugin", "Accessor", "Default TTL", "Max TTL"]
        head.append(kind == .secrets ? "Force No Cache" : "Token Type")
        head += [
            "Replication", "Seal Wrap", "External Entropy Access", "Options", "Description", "UUID",
            "Version", "Running Version", "Running SHA256", "Deprecation Status",
        ]
        var table = Table(head)
        for (path, mount) in mounts.sortedMembers {
            let config = mount["config"]
            table.append([
                path, text(mount["type"]), text(mount["accessor"]),
                ttl(config?["default_lease_ttl"], of: mount),
                ttl(config?["max_lease_ttl"], of: mount),
                kind == .secrets
                    ? text(config?["force_no_cache"] ?? false) : text(config?["token_type"]),
                mount["local"]?.boolValue == true ? "local" : "replicated",
                text(mount["seal_wrap"] ?? false), text(mount["external_entropy_access"] ?? false),
                text(mount["options"] ?? [:]), text(mount["description"]), text(mount["uuid"]),
                text(mount["plugin_version"]), text(mount["running_plugin_version"]),
                text(mount["running_sha256"]), text(mount["deprecation_status"]),
            ])
        }
        return table.text
    }

    private static func text(_ value: JSONValue?) -> String {
        switch value {
        case nil, .null?: ""
        case let value?: PlainValue.text(value)
        }
    }

    private static func ttl(_ value: JSONValue?, of mount: JSONValue) -> String {
        let type = mount["type"]?.stringValue
        if type == "system" || type == "cubbyhole" { return "" }
        let seconds = value?.intValue ?? 0
        return seconds == 0 ? "system" : String(seconds)
    }
}

extension Invocation {
    /// What `secrets list` and `auth list` have in common.
    func listMounts(at path: String, kind: MountTable.Kind, failing: String) async throws
        -> ExitCode
    {
        let client = try client()
        let secret = try await during(failing) { try await client.send(.get(path)) }
        guard let mounts = secret?.data else {
            throw CommandError.server("\(failing): the server's answer has no data")
        }
        if output.isTable {
            console.printLine(
                flags.bool(.detailed)
                    ? MountTable.detailed(mounts, kind: kind)
                    : MountTable.simple(mounts, kind: kind))
        } else {
            try output.value(JSONValue.object(mounts).sorted)
        }
        return .success
    }
}
