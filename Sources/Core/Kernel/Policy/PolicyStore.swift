// The policies of one namespace, parsed, and the access lists made of them.

internal import Barrier
internal import Clock
internal import Cryptography
internal import Synchronization

/// Named policies below `<namespace>/policy/`, all in memory.
final class PolicyStore: Sendable {
    /// The policies at one moment, with the access lists compiled from them so far.
    private final class Table: Sendable {
        let policies: [String: StoredPolicy]
        let compiled = Mutex<[[String]: ACL]>([:])
        /// Grows with every change.
        let revision: UInt64
        /// When the first policy of this table ends; `Int64.max` if none does.
        let firstExpiry: Int64
        let isCleanedUp = Atomic(false)

        init(_ policies: [String: StoredPolicy], revision: UInt64) {
            self.policies = policies
            self.revision = revision
            firstExpiry = policies.values.lazy.map(\.record.endsAt).min() ?? .max
        }

        /// A policy that has ended is as good as gone, before it is removed too.
        func live(_ name: String, now: Int64) -> StoredPolicy? {
            policies[name].flatMap { now < $0.record.endsAt ? $0 : nil }
        }
    }

    /// Sets of policies kept compiled; beyond it all are dropped and made again as they are needed.
    private static let compiledSets = 4096

    private let barrier: Barrier
    private let prefix: String
    private let glob: GlobRule
    private let knowsRoot: Bool
    private let table: Snapshot<Table>
    private let changes = AsyncLock()

    /// - Parameter knowsRoot: whether the policy `root` grants everything here. It does so in the
    ///   root namespace only, whatever a token of another one says.
    init(
        barrier: Barrier, namespacePrefix: String, glob: GlobRule, knowsRoot: Bool = true
    ) throws(BackendFailure) {
        self.barrier = barrier
        self.knowsRoot = knowsRoot
        self.prefix = namespacePrefix + "policy/"
        self.glob = glob
        let prefix = self.prefix
        var policies: [String: StoredPolicy] = [:]
        let now = Timestamp.now.seconds
        try barrier.forEachName(in: prefix) { name throws(BackendFailure) in
            guard let bytes = Hex.decode(name), let stored = try barrier.read(prefix + name) else {
                return
            }
            do throws(PolicyError) {
                let policyName = try PolicyName(String(decoding: bytes, as: UTF8.self))
                let record = try PolicyRecord(decoding: stored.value)
                guard now < record.endsAt else { return }
                policies[policyName.text] = StoredPolicy(
                    policy: try Policy.parse(name: policyName, text: record.text), record: record)
            } catch {
                throw BackendFailure(.internalError, "a stored policy cannot be read: \(error)")
            }
        }
        if policies["default"] == nil { policies["default"] = StoredPolicy(.default) }
        policies[WrappingStore.policy] = StoredPolicy(.responseWrapping)
        table = Snapshot(Table(policies, revision: 1))
    }

    /// The rights of a token without an entity: those of its policies taken together. A policy that
    /// does not exist or has ended grants nothing.
    func acl(of policies: [String]) -> ACL {
        let (table, now) = current()
        return acl(of: policies, table, now)
    }

    /// The rights of a token with an entity: those of its own policies and of the entity's, with
    /// the templates in them filled in.
    func grant(of policies: [String], _ rights: EntityRights) -> Grant {
        let (table, now) = current()
        guard now < table.firstExpiry else { return makeGrant(policies, rights, table, now) }
        return rights.grant(policies, policyRevision: table.revision) {
            makeGrant(policies, rights, table, now)
        }
    }

    /// The clock is looked at only if a policy can end.
    private func current() -> (Table, now: Int64) {
        let table = table.value
        return (table, table.firstExpiry == .max ? 0 : Timestamp.now.seconds)
    }

    private func acl(of policies: [String], _ table: Table, _ now: Int64) -> ACL {
        guard now < table.firstExpiry else { return aclWithoutEnded(policies, table, now) }
        if let acl = table.compiled.withLock({ $0[policies] }) { return acl }
        let acl = compile(policies, table, now)
        table.compiled.withLock { compiled in
            if compiled.count >= Self.compiledSets { compiled = [:] }
            compiled[policies] = acl
        }
        return acl
    }

    private func compile(_ names: [String], _ table: Table, _ now: Int64) -> ACL {
        knowsRoot && names.contains("root")
            ? ACL.root
            : ACL(policies: names.compactMap { table.live($0, now: now)?.policy }, glob: glob)
    }

    private func makeGrant(
        _ names: [String], _ rights: EntityRights, _ table: Table, _ now: Int64
    ) -> Grant {
        let all = Set(names).union(rights.policies).sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
        let base = acl(of: all, table, now)
        let templated = all.compactMap { table.live($0, now: now)?.policy }.filter(\.isTemplated)
        let id = rights.entity.id.text
        guard !base.isRoot, !templated.isEmpty else {
            return Grant(entityID: id, policies: all, acl: base)
        }
        let acl = ACL(base, templatesOf: templated, glob: glob, values: rights)
        return Grant(entityID: id, policies: all, acl: acl)
    }

    /// The rights of an entity that policies of other namespaces add to.
    func acl(of names: [String], and others: [Policy], _ rights: EntityRights) -> ACL {
        let all = live(Set(names)) + others
        let base = ACL(policies: all, glob: glob)
        let templated = all.filter(\.isTemplated)
        if templated.isEmpty || base.isRoot { return base }
        return ACL(base, templatesOf: templated, glob: glob, values: rights)
    }

    /// The policies with these names, as far as there are any.
    func live(_ names: Set<String>) -> [Policy] {
        let (table, now) = current()
        return names.compactMap { table.live($0, now: now)?.policy }
    }

    /// Grows with every change.
    var revision: UInt64 { table.value.revision }

    /// Whether no policy ends by itself.
    var isLasting: Bool { table.value.firstExpiry == .max }

    /// Until what has ended is removed, access lists are made anew for every request.
    private func aclWithoutEnded(_ names: [String], _ table: Table, _ now: Int64) -> ACL {
        if !table.isCleanedUp.exchange(true, ordering: .relaxed) {
            Task { try? await self.removeEnded() }
        }
        return compile(names, table, now)
    }

    private func removeEnded() async throws(BackendFailure) {
        try await change { (batch, policies) in
            let now = Timestamp.now.seconds
            for (name, stored) in policies where stored.record.endsAt <= now {
                batch.deletes.append(self.key(stored.policy.name))
                policies[name] = name == "default" ? StoredPolicy(.default) : nil
            }
        }
    }

    /// The names of the policies that people can give to tokens, in byte order.
    var names: [String] {
        let (table, now) = (table.value, Timestamp.now.seconds)
        let live = table.policies.keys.filter {
            $0 != WrappingStore.policy && table.live($0, now: now) != nil
        }
        return (live + ["root"]).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    func contains(_ name: String) -> Bool {
        name == "root" || table.value.live(name, now: Timestamp.now.seconds) != nil
    }

    /// What is kept of a policy; `root` needs no text.
    func record(_ name: PolicyName) -> PolicyRecord? {
        if name == .root { return PolicyRecord(text: "") }
        return table.value.live(name.text, now: Timestamp.now.seconds)?.record
    }

    /// Writes a policy: `edit` makes the new record of the one that is there, and may refuse. The
    /// text has to parse.
    func put(
        _ name: PolicyName,
        _ edit: @escaping @Sendable (PolicyRecord?) throws(BackendFailure) -> PolicyRecord
    ) async throws(BackendFailure) {
        guard name.isWritable else {
            throw BackendFailure(.invalidRequest, "cannot update \"\(name.text)\" policy")
        }
        try await change { (batch, policies) throws(BackendFailure) in
            let record = try edit(
                policies[name.text].flatMap {
                    Timestamp.now.seconds < $0.record.endsAt ? $0.record : nil
                })
            guard record.text.utf8.count <= KernelLimits.policyBytes else {
                throw BackendFailure(.invalidRequest, "policy is larger than 1 MiB")
            }
            let policy: Policy
            do { policy = try Policy.parse(name: name, text: record.text) } catch {
                throw BackendFailure(.invalidRequest, "failed to parse policy: \(error)")
            }
            batch.puts.append((self.key(name), record.encoded()))
            policies[name.text] = StoredPolicy(policy: policy, record: record)
        }
    }

    /// Removes a policy; nothing happens if there is none.
    func delete(_ name: PolicyName) async throws(BackendFailure) {
        guard name.isDeletable else {
            throw BackendFailure(.invalidRequest, "cannot delete \"\(name.text)\" policy")
        }
        try await change { (batch, policies) in
            batch.deletes.append(self.key(name))
            policies[name.text] = nil
        }
    }

    /// A name may hold slashes; its digits in hexadecimal are one storage name.
    private func key(_ name: PolicyName) -> String { prefix + Hex.encode(Array(name.text.utf8)) }

    private func change(
        _ edit:
            @escaping @Sendable (inout BarrierBatch, inout [String: StoredPolicy])
            throws(BackendFailure) -> Void
    ) async throws(BackendFailure) {
        try await changes.withLock { () async throws(BackendFailure) in
            var batch = BarrierBatch()
            var policies = self.table.value.policies
            try edit(&batch, &policies)
            try await self.barrier.write(batch)
            self.table.store(Table(policies, revision: self.table.value.revision &+ 1))
        }
    }
}

/// A policy as it is enforced, and as it is kept.
private struct StoredPolicy: Sendable {
    let policy: Policy
    let record: PolicyRecord

    init(policy: Policy, record: PolicyRecord) {
        self.policy = policy
        self.record = record
    }

    /// A built-in policy, which nobody has written yet.
    init(_ policy: Policy) {
        self.init(policy: policy, record: PolicyRecord(text: policy.raw))
    }
}
