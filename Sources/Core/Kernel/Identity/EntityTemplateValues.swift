// What an entity puts into the `{{identity…}}` of policies.

internal import Cryptography

extension EntityRights: TemplateValues {
    func value(_ parameter: String) -> String? {
        let parts = parameter.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[0] == "identity" else { return nil }
        switch parts[1] {
        case "entity": return entityValue(parts[2...])
        case "groups": return groupValue(parts[2...])
        default: return nil
        }
    }

    private func entityValue(_ parts: ArraySlice<Substring>) -> String? {
        switch parts.first {
        case "id": return entity.id.text
        case "name": return entity.name
        case "metadata": return entity.metadata[parts.dropFirst().joined(separator: ".")]
        case "aliases": return aliasValue(parts.dropFirst())
        default: return nil
        }
    }

    /// `<accessor>.id`, `.name`, `.metadata.<key>` or `.custom_metadata.<key>`.
    private func aliasValue(_ parts: ArraySlice<Substring>) -> String? {
        guard let accessor = parts.first,
            let alias = entity.alias(mountAccessor: String(accessor))
        else { return nil }
        let rest = parts.dropFirst()
        let key = rest.dropFirst().joined(separator: ".")
        switch rest.first {
        case "id": return alias.id.text
        case "name": return alias.name
        case "metadata": return alias.metadata[key]
        case "custom_metadata": return alias.customMetadata[key]
        default: return nil
        }
    }

    /// `ids.<id>.name`, `names.<name>.id`, and `.metadata.<key>` of both; of groups that the entity
    /// is in, and of no other.
    private func groupValue(_ parts: ArraySlice<Substring>) -> String? {
        let rest = parts.dropFirst()
        guard let wanted = rest.first.map(String.init) else { return nil }
        let found = groups.first { group in
            switch parts.first {
            case "ids": group.id.text == wanted
            case "names": FoldedName(group.name) == FoldedName(wanted)
            default: false
            }
        }
        guard let found else { return nil }
        let property = rest.dropFirst()
        switch property.first {
        case "id": return found.id.text
        case "name": return found.name
        case "metadata": return found.metadata[property.dropFirst().joined(separator: ".")]
        default: return nil
        }
    }
}
