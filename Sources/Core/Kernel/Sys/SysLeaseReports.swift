// `sys/leases`, `sys/leases/count` and `sys/leases/tidy`: leases that nobody could revoke, and
// order in storage.

internal import Cryptography
internal import JSON
internal import Logging
internal import Paths

enum SysLeaseReports {
    private static let fields: [Field] = [
        .string("type", "Which leases: \"irrevocable\"."),
        .boolean(
            "include_child_namespaces", default: false,
            "Those of the namespaces below too."),
    ]

    static let paths = [
        CorePath(
            "leases", [.read: .suspending(list)],
            fields: fields + [.string("limit", "Most leases to show, or \"none\".")],
            help: "Leases that could not be revoked."),
        CorePath(
            "leases/count", [.read: .suspending(count)], fields: fields,
            help: "How many leases could not be revoked."),
        CorePath(
            "leases/tidy", [.update: .suspending(tidy)],
            help: "Revoke leases without a token, and remove what lies about in storage."),
    ]

    private static func requireIrrevocable(_ call: CoreCall) throws(BackendFailure) {
        let type = call.fields.string("type") ?? ""
        guard !type.isEmpty else {
            throw BackendFailure(
                .invalidRequest, "type must be specified: there is \"irrevocable\"")
        }
        guard type == "irrevocable" else {
            throw BackendFailure(
                .invalidRequest,
                "invalid 'type' parameter: \(type.quotedForMessage); there is \"irrevocable\"")
        }
    }

    /// A mount by its accessor; one that is gone by its id.
    private static func name(_ mount: UUID128, _ state: NamespaceState) -> String {
        state.mounts[id: mount]?.entry.accessor ?? mount.text
    }

    private static func states(
        _ call: CoreCall
    ) async throws(BackendFailure) -> [NamespaceState] {
        guard call.fields.boolean("include_child_namespaces") ?? false else { return [call.state] }
        return try await call.states(withEntriesIn: "lease/parked/")
    }

    private static func count(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        try requireIrrevocable(call)
        var total = 0
        var counts = JSONObject()
        for state in try await states(call) {
            let store = state.leases.store
            for mount in try store.mountsWithLeases("parked/") {
                let leases = try store.barrier.count(of: store.parkedFolder(mount))
                guard leases > 0 else { continue }
                total += leases
                counts[name(mount, state)] = .int(leases)
            }
        }
        let data: JSONValue = ["lease_count": .int(total), "counts": .object(counts)]
        return BackendAnswer(data: data.encoded())
    }

    private static func list(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        try requireIrrevocable(call)
        let limit = try limit(call)
        var leases: [JSONValue] = []
        var total = 0
        for state in try await states(call) {
            let store = state.leases.store
            for mount in try store.mountsWithLeases("parked/") {
                let folder = store.parkedFolder(mount)
                try store.barrier.forEachName(in: folder) { name throws(BackendFailure) in
                    total += 1
                    guard leases.count < limit, let id = try store.id(inIndex: folder + name),
                        let lease = try store.find(id)
                    else { return }
                    leases.append([
                        "lease_id": .string(id.text), "error": .string(lease.entry.failure),
                        "mount_id": .string(Self.name(mount, state)),
                    ])
                }
            }
        }
        var warnings: [String] = []
        if total > leases.count {
            warnings.append(
                "There are \(total) irrevocable leases, and \(leases.count) of them are shown; "
                    + "set limit to \"none\" for all of them")
        }
        let data: JSONValue = ["lease_count": .int(total), "leases": .array(leases)]
        return BackendAnswer(data: data.encoded(), warnings: warnings)
    }

    private static func limit(_ call: CoreCall) throws(BackendFailure) -> Int {
        let text = call.fields.string("limit") ?? ""
        if text.isEmpty { return KernelLimits.irrevocableLeasesShown }
        if text == "none" { return .max }
        guard let limit = Int(text), limit > 0 else {
            throw BackendFailure(
                .invalidRequest, "invalid 'limit' provided: it must be 'none' or a positive integer"
            )
        }
        return limit
    }

    private static func tidy(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let (leases, tokens) = (call.state.leases, call.state.tokens)
        guard leases.beginTidy() else {
            return BackendAnswer(
                status: 202, warnings: ["Tidy operation on leases is already in progress."])
        }
        Task(priority: .utility) { await leases.tidy(tokens) }
        return BackendAnswer(
            status: 202,
            warnings: [
                "Tidy operation successfully started. Any information from the operation will be "
                    + "printed to the server logs."
            ])
    }
}
