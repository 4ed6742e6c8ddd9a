// `sys/leases/lookup`, `renew`, `revoke`, `revoke-prefix` and `revoke-force`, and their older
// names.

internal import Clock
internal import JSON
internal import Paths

enum SysLeases {
    private static let leaseID = Field.string("lease_id", "The lease.")
    private static let urlLeaseID = Field.string("url_lease_id", "The lease, in the path.")
    private static let increment = Field.duration(
        "increment", "Lifetime from now on; the first one if left out.")
    private static let sync = Field.boolean(
        "sync", default: false, "Answer when the engine has revoked it, and not when it will be.")
    private static let prefix = Field.string("prefix", "Path whose leases are revoked.")

    static let paths =
        [
            CorePath(
                "leases/lookup", [.update: .immediate(lookup)], fields: [leaseID],
                help: "What is known of a lease."),
            CorePath("leases/lookup/", [.list: .suspending(list)], help: "List leases."),
            CorePath("leases/lookup/:prefix*", [.list: .suspending(list)], help: "List leases."),
        ] + family("leases/") + family("")

    /// The same endpoints under both names, so that neither is less guarded than the other.
    private static func family(_ parent: String) -> [CorePath] {
        let one = [leaseID, urlLeaseID]
        return [
            CorePath(
                parent + "renew", [.update: .suspending(renew)], fields: one + [increment],
                help: "Renew a lease."),
            CorePath(
                parent + "renew/:url_lease_id*", [.update: .suspending(renew)],
                fields: one + [increment], help: "Renew a lease."),
            CorePath(
                parent + "revoke", [.update: .suspending(revoke)], fields: one + [sync],
                help: "Revoke a lease."),
            CorePath(
                parent + "revoke/:url_lease_id*", [.update: .suspending(revoke)],
                fields: one + [sync], help: "Revoke a lease."),
            CorePath(
                parent + "revoke-prefix/:prefix*", [.update: .suspending(revokePrefix)],
                fields: [prefix, sync], help: "Revoke all leases below a path."),
            CorePath(
                parent + "revoke-force/:prefix*", [.update: .suspending(revokeForce)],
                fields: [prefix],
                help: "Revoke all leases below a path, and forget those that cannot be."),
        ]
    }

    static let sudo = [
        "leases", "leases/lookup/*", "leases/revoke-prefix/*", "leases/revoke-force/*",
        "leases/tidy",
        "revoke-prefix/*", "revoke-force/*",
    ]

    /// The lease that is named in the path or in the body. Policy has judged the path: a body that
    /// names another one is refused and not preferred.
    private static func named(_ call: CoreCall) throws(BackendFailure) -> String {
        let inPath = call.name("url_lease_id")
        let inBody = call.fields.string("lease_id") ?? ""
        if !inPath.isEmpty, !inBody.isEmpty, !inPath.utf8.elementsEqual(inBody.utf8) {
            throw BackendFailure(
                .invalidRequest, "the path and \"lease_id\" name two different leases")
        }
        let name = inPath.isEmpty ? inBody : inPath
        guard !name.isEmpty else {
            throw BackendFailure(.invalidRequest, "lease_id must be specified")
        }
        return name
    }

    // MARK: Reading

    private static func lookup(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let name = try named(call)
        if let id = LeaseID(name), let lease = try call.state.leases.store.find(id) {
            let entry = lease.entry
            return answer(
                id: id.text, path: id.path, issuedAt: entry.issuedAt, expiresAt: entry.expiresAt,
                renewedAt: entry.lastRenewedAt,
                isRenewable: entry.isRenewable && !entry.isRevoking)
        }
        guard let lease = TokenLease(name), let token = try call.state.tokens.find(lease) else {
            throw BackendFailure(.invalidRequest, "invalid lease")
        }
        let entry = token.entry
        return answer(
            id: lease.text, path: lease.path, issuedAt: entry.createdAt,
            expiresAt: entry.expiresAt, renewedAt: entry.lastRenewedAt,
            isRenewable: entry.isRenewable)
    }

    private static func answer(
        id: String, path: String, issuedAt: Int64, expiresAt: Int64, renewedAt: Int64,
        isRenewable: Bool
    ) -> BackendAnswer {
        func time(_ seconds: Int64) -> JSONValue {
            seconds == 0 ? .null : .string(Timestamp(seconds: seconds).rfc3339)
        }
        let now = Timestamp.now.seconds
        let data: JSONValue = [
            "id": .string(id), "path": .string(path), "issue_time": time(issuedAt),
            "expire_time": time(expiresAt), "last_renewal": time(renewedAt),
            "renewable": .bool(isRenewable), "ttl": .int(Int(max(0, expiresAt - now))),
        ]
        return BackendAnswer(data: data.encoded())
    }

    private static func list(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let (prefix, limit) = (call.name("prefix"), KernelLimits.listPageEntries + 1)
        let tokens = try await call.state.tokens.leaseNames(below: prefix, limit: limit)
        let leases = try call.state.leases.store.names(below: prefix, after: "", limit: limit)
        let all = Set(tokens + leases).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return .list(Array(all.prefix(limit)))
    }

    // MARK: Changing

    private static func renew(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let name = try named(call)
        if let lease = TokenLease(name), try call.state.tokens.find(lease) != nil {
            throw BackendFailure(
                .invalidRequest, "tokens cannot be renewed through this endpoint")
        }
        guard let id = LeaseID(name) else { throw Leases.notFound }
        let (kept, lease) = try await call.state.leases.renew(
            id, increment: Int64(call.fields.duration("increment") ?? 0))
        var answer = kept
        answer.kept = lease
        return answer
    }

    /// Revoking what is not there is done already.
    private static func revoke(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let name = try named(call)
        let isSync = call.fields.boolean("sync") ?? false
        if let id = LeaseID(name) {
            // The end is durable first: what an engine fails to do now is done later.
            try await call.state.leases.store.expire([id])
            if isSync, let failure = try await call.state.leases.revoke(id) {
                throw BackendFailure(
                    failure.code, "failed to revoke entry: \(failure.message)",
                    retryAfterSeconds: failure.retryAfterSeconds)
            }
        }
        if let lease = TokenLease(name), let token = try call.state.tokens.find(lease) {
            try await call.state.tokens.revoke(token.key)
        }
        return isSync ? BackendAnswer() : BackendAnswer(status: 202)
    }

    private static func revokePrefix(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer
    {
        let prefix = call.name("prefix")
        let isSync = call.fields.boolean("sync") ?? false
        try await call.state.tokens.end(below: prefix, isSync ? .complete : .marked)
        guard isSync else {
            try await call.state.leases.store.expire(below: prefix)
            return BackendAnswer(status: 202)
        }
        let (failures, last) = try await call.state.leases.revokeAll(below: prefix, .retrying)
        if let last {
            throw BackendFailure(
                last.code, "failed to revoke \(failures) leases: \(last.message)",
                retryAfterSeconds: last.retryAfterSeconds)
        }
        return BackendAnswer()
    }

    private static func revokeForce(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer
    {
        let prefix = call.name("prefix")
        try await call.state.tokens.end(below: prefix, .complete)
        let (_, last) = try await call.state.leases.revokeAll(below: prefix, .forced)
        if let last { throw last }
        return BackendAnswer()
    }
}
