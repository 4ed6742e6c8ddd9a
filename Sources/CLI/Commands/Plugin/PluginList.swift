// `coffer plugin list`.

import JSON

extension Command {
    static let pluginList = Command(
        "plugin list", "List the plugins of the catalog", usage: "[options] [TYPE]",
        about: """
            Lists the plugins that can be mounted, built-in and registered ones. With -detailed it \
            shows the processes as well: what runs, since when, and in which sandbox.
            """,
        examples: [
            Example("Secrets engines only:", "coffer plugin list secret"),
            Example("With the processes:", "coffer plugin list -detailed"),
        ],
        flags: [.detailed], takes: .optional
    ) { call in
        let type = call.arguments.first?.trimmed
        if let type, !["auth", "database", "secret"].contains(type) {
            throw UsageError("\"\(type)\" is not a plugin type: auth, database or secret")
        }
        let client = try call.client()
        let failing = "Error listing available plugins"
        let secret = try await call.during(failing) {
            try await client.send(.get("sys/plugins/catalog"))
        }
        let all = secret?.data?["detailed"]?.arrayValue ?? []
        let plugins = all.filter { type == nil || $0["type"]?.stringValue == type }
        guard call.flags.bool(.detailed) else {
            guard call.output.isTable else {
                try call.output.value(.array(plugins))
                return .success
            }
            if plugins.isEmpty { throw CommandError.server("No plugins are registered.") }
            call.console.printLine(PluginTable.simple(plugins))
            return .success
        }
        let status = try await call.during(failing) {
            try await client.send(.get("sys/plugins/status"))
        }
        let processes = (status?.data?["plugins"]?.arrayValue ?? []).filter {
            type == nil || $0["type"]?.stringValue == type
        }
        guard call.output.isTable else {
            try call.output.value(["plugins": .array(plugins), "processes": .array(processes)])
            return .success
        }
        call.console.printLine(PluginTable.detailed(plugins))
        if !processes.isEmpty {
            call.console.printLine("")
            call.console.printLine(PluginTable.processes(processes))
        }
        return .success
    }
}

private enum PluginTable {
    static func simple(_ plugins: [JSONValue]) -> String {
        rows(["Name", "Type", "Version"], ["name", "type", "version"], plugins)
    }

    static func detailed(_ plugins: [JSONValue]) -> String {
        rows(
            ["Name", "Type", "Version", "Builtin", "SHA256", "Deprecation Status"],
            ["name", "type", "version", "builtin", "sha256", "deprecation_status"], plugins)
    }

    static func processes(_ processes: [JSONValue]) -> String {
        rows(
            [
                "Name", "Type", "Running Version", "State", "PID", "Uptime (s)", "Restarts",
                "Memory", "Calls", "Mounts", "Sandbox", "Refused", "SHA256", "Last End",
            ],
            [
                "name", "type", "version", "state", "pid", "uptime_seconds", "restarts",
                "memory_bytes", "calls_in_flight", "mounts", "sandbox", "refused", "sha256",
                "last_end",
            ], processes)
    }

    private static func rows(
        _ head: [String], _ members: [String], _ values: [JSONValue]
    ) -> String {
        var table = Table(head)
        for value in values {
            table.append(
                members.map { name in
                    switch value[name] {
                    case nil, .null?: ""
                    case let member?: PlainValue.text(member)
                    }
                })
        }
        return table.text
    }
}
