// `identity/entity/merge`: several entities that turn out to be one.

internal import Cryptography
internal import JSON
internal import Paths

enum IdentityEntityMerge {
    static let paths: [CorePath] = [
        CorePath(
            "entity/merge/?", [.update: .suspending(merge)],
            fields: [
                .stringList("from_entity_ids", "Entities that end."),
                .string("to_entity_id", "Entity that stays."),
                .stringList(
                    "conflicting_alias_ids_to_keep",
                    "Of two aliases at one mount, the one to keep; needs a single from entity."),
                .boolean("force", "Keep the staying entity's second factors."),
            ],
            help: "Merge entities into one.")
    ]

    private static func merge(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let to = call.fields.string("to_entity_id") ?? ""
        guard !to.isEmpty else { throw IdentityRules.refuse("missing entity id to merge to") }
        let from = call.fields.stringList("from_entity_ids") ?? []
        guard !from.isEmpty else { throw IdentityRules.refuse("missing entity ids to merge from") }
        let kept = Set(
            (call.fields.stringList("conflicting_alias_ids_to_keep") ?? []).compactMap {
                UUID128($0)
            })
        if from.count > 1 && kept.count > 1 {
            throw IdentityRules.refuse(
                "aliases conflicts cannot be resolved with multiple from entity ids - merge one "
                    + "entity at a time")
        }
        return try await call.state.identity.change { edit throws(BackendFailure) in
            guard let target = edit.entity(text: to) else {
                throw IdentityRules.refuse("entity id to merge to is invalid")
            }
            let sources = try sources(from, target, edit)
            if kept.isEmpty { try refuseClashes(sources, target) }
            var merged = target
            for source in sources { try take(source, into: &merged, keeping: kept) }
            guard merged.aliases.count <= KernelLimits.aliasesPerEntity else {
                throw IdentityRules.refuse("too many aliases on one entity")
            }
            take(groupsOf: sources, into: merged, &edit)
            return BackendAnswer()
        }
    }

    private static func sources(
        _ ids: [String], _ target: Entity, _ edit: IdentityEdit
    ) throws(BackendFailure) -> [Entity] {
        var sources: [Entity] = []
        for id in ids {
            guard let source = edit.entity(text: id) else {
                throw IdentityRules.refuse("entity id to merge from is invalid")
            }
            guard source.id != target.id else {
                throw IdentityRules.refuse(
                    "to_entity_id should not be present in from_entity_ids")
            }
            if !sources.contains(where: { $0.id == source.id }) { sources.append(source) }
        }
        return sources
    }

    /// An entity has one alias at a mount; which of two is to stay, nobody has said.
    private static func refuseClashes(
        _ sources: [Entity], _ target: Entity
    ) throws(BackendFailure) {
        var clashes: [String] = []
        var seen: Set<String> = []
        for source in sources {
            for alias in source.aliases {
                if let other = target.alias(mountAccessor: alias.mountAccessor) {
                    clashes.append(
                        "mountAccessor: \(alias.mountAccessor), toEntity ID: \(target.id.text), "
                            + "fromEntity ID: \(source.id.text), conflicting toEntity alias ID: "
                            + "\(other.id.text), conflicting fromEntity alias ID: \(alias.id.text)")
                } else if !seen.insert(alias.mountAccessor).inserted {
                    throw IdentityRules.refuse(
                        "mount accessor \(alias.mountAccessor) found in multiple fromEntities, "
                            + "merge should be done with one fromEntity at a time")
                }
            }
        }
        guard clashes.isEmpty else {
            throw IdentityRules.refuse(
                "toEntity and at least one fromEntity have aliases with the same mount accessor, "
                    + "repeat the merge request specifying exactly one fromEntity, clashes: "
                    + clashes.joined(separator: "; "))
        }
    }

    private static func take(
        _ source: Entity, into target: inout Entity, keeping kept: Set<UUID128>
    ) throws(BackendFailure) {
        for var alias in source.aliases {
            if let other = target.alias(mountAccessor: alias.mountAccessor) {
                if kept.contains(other.id) { continue }
                guard kept.contains(alias.id) else {
                    throw IdentityRules.refuse(
                        "conflicting mount accessors in following alias IDs and neither were "
                            + "present in conflicting_alias_ids_to_keep: \(alias.id.text), "
                            + other.id.text)
                }
                target.aliases.removeAll { $0.id == other.id }
            }
            alias.mergedFrom.append(source.id)
            target.aliases.append(alias)
        }
        target.mergedIDs += source.mergedIDs + [source.id]
        for membership in source.externalGroups where !target.externalGroups.contains(membership) {
            target.externalGroups.append(membership)
        }
    }

    /// The entity that stays takes the others' places in their groups. Policies of the others are
    /// not taken over: whoever merges decides what the one may do.
    private static func take(
        groupsOf sources: [Entity], into target: Entity, _ edit: inout IdentityEdit
    ) {
        let ids = Set(sources.map(\.id))
        let groups = ids.reduce(into: Set<UUID128>()) {
            $0.formUnion(edit.tables.groupIDs(ofEntity: $1))
        }
        edit.remove(entities: ids)
        edit.put(target)
        for id in groups {
            guard var group = edit.group(id), group.kind == .internal,
                !group.memberEntityIDs.contains(target.id)
            else { continue }
            group.memberEntityIDs.append(target.id)
            edit.put(group)
        }
    }
}
