// `sys/quotas/namespace`: how much a namespace and those below it may use.

internal import Barrier
internal import JSON
internal import Paths

enum SysNamespaceQuotas {
    static let paths = [
        CorePath(
            "quotas/namespace/", [.list: .immediate(list)],
            help: "The names of namespaces' bounds."),
        CorePath(
            "quotas/namespace/:name",
            [
                .read: .suspending(read), .update: .suspending(write), .create: .suspending(write),
                .delete: .suspending(delete),
            ],
            fields: [
                .string("type", "\"namespace\"."),
                .string("path", "A namespace; those below it count towards its bounds too."),
                .integer(
                    "max_storage_bytes", "Bytes of storage that its entries may take; 0: any."),
                .integer("max_mounts", "Secrets engines and auth methods that it may have."),
                .integer("max_plugin_processes", "Engines' processes that may run at once."),
                .integer("max_plugin_memory", "Bytes of memory that each of them may fill."),
            ],
            help: "How much a namespace and those below it may use, and what they use now."),
    ]

    private static func list(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        SysQuotas.answer(names: call.server.quotas.names(ofType: NamespaceQuota.type))
    }

    private static func read(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        guard let quota = call.server.quotas.namespace(call.name("name")) else {
            return BackendAnswer()
        }
        var shown = quota.presentation
        var warnings: [String] = []
        let server = call.server
        let mounts = try server.bounds.places.count(below: quota.path, server.directory)
        shown["mounts"] = .number(JSONNumber(mounts))
        if let stored = call.core.barrier.storedBytes(under: quota.label) {
            shown["storage_bytes"] = .number(JSONNumber(stored.bytes))
            if !stored.isComplete {
                warnings = ["'storage_bytes' is not complete: what is stored is being counted"]
            }
        }
        let ids = server.namespaces.tree.value.all.map(\.namespace)
            .filter { $0.path.utf8.starts(with: quota.path.utf8) }.map(\.id)
        // Those that start or end count as well: the bound holds for what is there.
        let counts = call.core.launcher.processCounts
        let processes = ids.reduce(0) { $0 + (counts[$1] ?? 0) }
        shown["plugin_processes"] = .number(JSONNumber(processes))
        return BackendAnswer(data: JSONValue.object(shown).encoded(), warnings: warnings)
    }

    private static func write(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let known = call.server.quotas.namespace(call.name("name"))
        let common = try await SysQuotas.common(call, NamespaceQuota.type, knownPath: known?.path)
        guard case .prefix(let path) = common.scope,
            call.server.namespaces.tree.value[path: path] != nil
        else {
            throw BackendFailure(
                .invalidRequest, "'path' is invalid: it must be that of a namespace below the root")
        }
        let without = NamespaceBounds(quota: common.name, of: path)
        var bounds = known?.bounds ?? without
        bounds.namespace = path
        for field in NamespaceQuota.fields {
            guard let number = call.fields.integer(field.name) else { continue }
            guard number >= 0 else {
                throw BackendFailure(
                    .invalidRequest,
                    "'\(field.name)' is invalid: it must be a whole number, or 0 for no bound")
            }
            bounds[keyPath: field.bound] = number > 0 ? number : nil
        }
        let least = KernelLimits.leastPluginMemoryBytes
        if let memory = bounds.pluginMemoryBytes, memory < least {
            throw BackendFailure(
                .invalidRequest,
                "'max_plugin_memory' is too small: no plugin starts with less than \(least) bytes")
        }
        guard bounds != without else {
            let names = NamespaceQuota.fields.map { "'\($0.name)'" }.joined(separator: ", ")
            throw BackendFailure(.invalidRequest, "at least one of \(names) must be above 0")
        }
        try await call.server.quotas.put(NamespaceQuota(path: path, bounds: bounds))
        return BackendAnswer()
    }

    private static func delete(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        try await call.server.quotas.delete(call.name("name"), ofType: NamespaceQuota.type)
        return BackendAnswer()
    }
}
