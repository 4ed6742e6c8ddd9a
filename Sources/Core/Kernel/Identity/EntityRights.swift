// What an entity brings to each request of its tokens.

internal import Synchronization

/// An entity with its groups at one moment. It never changes; a change of the entity or of a group
/// makes a new one.
final class EntityRights: Sendable {
    let entity: Entity
    /// Those it is a member of, then the inherited ones.
    let groups: [IdentityGroup]
    /// Of the entity and of its groups, sorted, each once.
    let policies: [String]
    /// Access lists that were made of these rights and a token's policies.
    private let compiled = Mutex(Compiled())

    private struct Compiled {
        /// Which table of policies they were made of.
        var policyRevision: UInt64 = 0
        /// Few, and looked through: a token brings the very array that is kept here, and comparing
        /// an array with itself costs nothing, while hashing it does.
        var grants: [(tokenPolicies: [String], grant: Grant)] = []

        func grant(_ tokenPolicies: [String]) -> Grant? {
            grants.first { $0.tokenPolicies == tokenPolicies }?.grant
        }
    }

    /// Sets of token policies kept for one entity; its tokens usually have the same ones.
    private static let compiledSets = 8

    init(entity: Entity, groups: [IdentityGroup]) {
        self.entity = entity
        self.groups = groups
        var names = Set(entity.policies)
        for group in groups { names.formUnion(group.policies) }
        // It is never written; and if it were, an entity is not root.
        names.remove("root")
        policies = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The grant for a token's policies, made by `make` if it is not there yet.
    func grant(
        _ tokenPolicies: [String], policyRevision: UInt64, _ make: () -> Grant
    ) -> Grant {
        let known = compiled.withLock { compiled in
            compiled.policyRevision == policyRevision ? compiled.grant(tokenPolicies) : nil
        }
        if let known { return known }
        let grant = make()
        compiled.withLock { compiled in
            if compiled.policyRevision < policyRevision
                || compiled.grants.count >= Self.compiledSets
            {
                compiled.grants = []
            }
            guard compiled.policyRevision <= policyRevision else { return }
            compiled.policyRevision = policyRevision
            compiled.grants.append((tokenPolicies, grant))
        }
        return grant
    }
}

/// What a token may do, with the policies that say so.
struct Grant: Sendable {
    /// The entity; empty for a token without one. If the token's own was merged into another, it is
    /// that one.
    let entityID: String
    /// The token's and those of its identity, sorted, each once.
    let policies: [String]
    let acl: ACL
}
