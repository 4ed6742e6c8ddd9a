// The policies of one namespace, parsed, and the access lists made of them.

internal import Barrier
internal import Cryptography
internal import Synchronization

/// Named policies below `<namespace>/policy/`, all in memory.
final class PolicyStore: Sendable {
    /// The policies at one moment, with the access lists compiled from them so far.
    private final class Table: Sendable {
        let policies: [String: Policy]
        let compiled = Mutex<[[String]: ACL]>([:])
        init(_ policies: [String: Policy]) { self.policies = policies }
    }

    /// Sets of policies kept compiled; beyond it all are dropped and made again as they are needed.
    private static let compiledSets = 4096

    private let barrier: Barrier
    private let prefix: String
    private let glob: GlobRule
    private let table: Snapshot<Table>
    private let changes = AsyncLock()

    init(barrier: Barrier, namespacePrefix: String, glob: GlobRule) throws(BackendFailure) {
        self.barrier = barrier
        self.prefix = namespacePrefix + "policy/"
        self.glob = glob
        let prefix = self.prefix
        var policies: [String: Policy] = [:]
        try barrier.forEachName(in: prefix) { name throws(BackendFailure) in
            guard let bytes = Hex.decode(name), let stored = try barrier.read(prefix + name) else {
                return
            }
            do throws(PolicyError) {
                let policyName = try PolicyName(String(decoding: bytes, as: UTF8.self))
                let text = String(decoding: stored.value, as: UTF8.self)
                policies[policyName.text] = try Policy.parse(name: policyName, text: text)
            } catch {
                throw BackendFailure(.internalError, "a stored policy cannot be read: \(error)")
            }
        }
        if policies["default"] == nil { policies["default"] = Policy.default }
        policies[WrappingStore.policy] = Policy.responseWrapping
        table = Snapshot(Table(policies))
    }

    /// The rights of a token: those of its policies taken together. A policy that does not exist
    /// grants nothing.
    func acl(of token: TokenEntry) -> ACL {
        let table = table.value
        if let acl = table.compiled.withLock({ $0[token.policies] }) { return acl }
        let acl =
            token.policies.contains("root")
            ? ACL.root : ACL(policies: token.policies.compactMap { table.policies[$0] }, glob: glob)
        table.compiled.withLock { compiled in
            if compiled.count >= Self.compiledSets { compiled = [:] }
            compiled[token.policies] = acl
        }
        return acl
    }

    /// The names of the policies that people can give to tokens, in byte order.
    var names: [String] {
        (table.value.policies.keys.filter { $0 != WrappingStore.policy } + ["root"]).sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
    }

    func contains(_ name: String) -> Bool { name == "root" || table.value.policies[name] != nil }

    /// A policy's text; empty for `root`, which needs none.
    func text(_ name: PolicyName) -> String? {
        if name.text == "root" { return "" }
        return table.value.policies[name.text]?.raw
    }

    /// Writes a policy; its text has to parse.
    func put(_ name: PolicyName, text: String) async throws(BackendFailure) {
        guard name.isWritable else {
            throw BackendFailure(.invalidRequest, "cannot update \"\(name.text)\" policy")
        }
        guard text.utf8.count <= KernelLimits.policyBytes else {
            throw BackendFailure(.invalidRequest, "policy is larger than 1 MiB")
        }
        let policy: Policy
        do { policy = try Policy.parse(name: name, text: text) } catch {
            throw BackendFailure(.invalidRequest, "failed to parse policy: \(error)")
        }
        try await change { (batch, policies) in
            batch.puts.append((self.key(name), Array(text.utf8)))
            policies[name.text] = policy
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
        _ edit: @escaping @Sendable (inout BarrierBatch, inout [String: Policy]) -> Void
    ) async throws(BackendFailure) {
        try await changes.withLock { () async throws(BackendFailure) in
            var batch = BarrierBatch()
            var policies = self.table.value.policies
            edit(&batch, &policies)
            try await self.barrier.write(batch)
            self.table.store(Table(policies))
        }
    }
}
