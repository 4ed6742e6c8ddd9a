// What a trailing `*` in a policy path stands for.

public enum GlobRule: String, Sendable, Hashable, CaseIterable {
    /// Vault's rule: everything that begins with what stands before the `*`.
    case prefix
    /// The stricter rule: the rest of one segment. `secret/*` is `secret/a` and not `secret/a/b`.
    /// It holds for every policy, the built-in `default` and its `cubbyhole/*` included.
    case segment
}
