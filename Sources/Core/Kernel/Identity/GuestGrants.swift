// What a token may do in a namespace below its own, as a member of groups there.

internal import Cryptography
internal import Synchronization

/// The grants of one namespace for tokens of those above it. Each is remembered until something
/// changes that it was made of.
final class GuestGrants: Sendable {
    struct Key: Hashable {
        /// Id of the namespace that the token belongs to.
        let home: String
        let entity: UUID128
        let tokenPolicies: [String]
    }

    private struct Entry {
        let rights: EntityRights
        let revisions: [UInt64]
        let grant: Grant
    }

    private let entries = Mutex<[Key: Entry]>([:])

    /// - Parameter revisions: of the tables that the grant is made of, read before them.
    func grant(
        _ key: Key, _ rights: EntityRights, _ revisions: [UInt64], _ make: () -> Grant
    ) -> Grant {
        let known = entries.withLock { $0[key] }
        if let known, known.rights === rights, known.revisions == revisions { return known.grant }
        let grant = make()
        entries.withLock { entries in
            if entries.count >= KernelLimits.guestGrants { entries = [:] }
            entries[key] = Entry(rights: rights, revisions: revisions, grant: grant)
        }
        return grant
    }
}

extension NamespaceState {
    /// The rights of a token of this namespace in one below it. Groups there, and in those between,
    /// can have entities and groups of the namespaces above them as members; what their policies
    /// say joins the token's own as if it stood there, with the whole path.
    func grant(
        of token: TokenEntry, in state: NamespaceState
    ) throws(BackendFailure) -> Grant {
        let own = try grant(of: token)
        guard state !== self, !token.entityID.isEmpty, !own.acl.isRoot else { return own }
        let way = tokens.directory.way(from: namespace, to: state)
        guard way.contains(where: { $0.identity.hasGuests }) else { return own }
        let revisions =
            [policies.revision] + way.flatMap { [$0.identity.groupRevision, $0.policies.revision] }
        guard let rights = identity.rights(ofEntity: token.entityID), !rights.entity.isDisabled
        else { throw RequestPipeline.permissionDenied }
        // Until policies that have ended are removed, nothing is remembered.
        guard policies.isLasting, way.allSatisfy(\.policies.isLasting) else {
            return guestGrant(own, rights, way)
        }
        let key = GuestGrants.Key(
            home: namespace.id, entity: rights.entity.id, tokenPolicies: token.policies)
        return state.guests.grant(key, rights, revisions) { guestGrant(own, rights, way) }
    }

    private func guestGrant(
        _ own: Grant, _ rights: EntityRights, _ way: [NamespaceState]
    ) -> Grant {
        let entities = [rights.entity.id] + rights.entity.mergedIDs
        var groups = Set(rights.groups.map(\.id))
        var added: [Policy] = []
        for state in way {
            let found = state.identity.read { $0.groups(ofGuests: entities, in: groups) }
            groups.formUnion(found.map(\.id))
            let prefix = namespace.relativePath(of: state.namespace)
            let names = Set(found.flatMap(\.policies))
            added += state.policies.live(names).map { $0.below(prefix) }
        }
        if added.isEmpty { return own }
        let acl = policies.acl(of: own.policies, and: added, rights)
        return Grant(entityID: own.entityID, policies: own.policies, acl: acl)
    }
}

extension Policy {
    /// The policy as a namespace above its own would have to write it.
    fileprivate func below(_ prefix: String) -> Policy {
        let rules = rules.map { rule in
            PathRule(
                path: prefix + rule.path, capabilities: rule.capabilities,
                constraints: rule.constraints, templateParameters: rule.templateParameters,
                position: rule.position)
        }
        return Policy(name: name, rules: rules, raw: "")
    }
}
