// `sys/quotas/lease-count`.

internal import JSON
internal import Paths

enum SysLeaseCountQuotas {
    static let paths = [
        CorePath(
            "quotas/lease-count/", [.list: .immediate(list)],
            help: "The names of limits on the number of leases."),
        CorePath(
            "quotas/lease-count/:name",
            [
                .read: .immediate(read), .update: .suspending(write), .create: .suspending(write),
                .delete: .suspending(delete),
            ],
            fields: [
                .string("type", "\"lease-count\"."),
                .string("path", "A mount or a path below one; empty for everything."),
                .integer("max_leases", "How many leases there may be."),
                .string("role", "Only logins with this role; not available."),
            ],
            help: "A limit on the number of leases."),
    ]

    private static func list(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        SysQuotas.answer(names: call.server.quotas.names(ofType: LeaseCountQuota.type))
    }

    private static func read(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        guard let quota = call.server.quotas.leaseCount(call.name("name")) else {
            return BackendAnswer()
        }
        return BackendAnswer(data: quota.presentation.encoded())
    }

    private static func write(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let known = call.server.quotas.leaseCount(call.name("name"))
        let common = try await SysQuotas.common(call, LeaseCountQuota.type, knownPath: known?.path)
        guard let maxLeases = call.fields.integer("max_leases") ?? known?.maxLeases, maxLeases > 0
        else {
            throw BackendFailure(
                .invalidRequest, "'max_leases' is invalid: it must be a whole number above 0")
        }
        try await call.server.quotas.put(
            LeaseCountQuota(
                name: common.name, path: common.path, scope: common.scope, maxLeases: maxLeases))
        return BackendAnswer()
    }

    private static func delete(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        try await call.server.quotas.delete(call.name("name"), ofType: LeaseCountQuota.type)
        return BackendAnswer()
    }
}
