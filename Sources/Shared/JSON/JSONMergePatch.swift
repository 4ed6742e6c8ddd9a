// RFC 7396: members of the patch replace members of the target, null removes them.

extension JSONValue {
    public mutating func mergePatch(_ patch: JSONValue) {
        guard case .object(let changes) = patch else {
            self = patch
            return
        }
        var target = objectValue ?? JSONObject()
        // Let go of the members here, so that `target` alone holds them and is changed in place.
        self = .null
        target.mergePatch(changes)
        self = .object(target)
    }
}

extension JSONObject {
    /// Members that are null in the patch are removed, the others merged.
    public mutating func mergePatch(_ patch: JSONObject) {
        // Removed in one pass at the end: one by one, a large patch would cost its square.
        var doomed: Set<Int> = []
        for (key, change) in patch.members {
            let place = place(of: key)
            if case .null = change {
                if let place { doomed.insert(place) }
            } else if let place {
                update(at: place) { $0.mergePatch(change) }
            } else {
                var fresh = JSONValue.null
                fresh.mergePatch(change)
                append(key, fresh)
            }
        }
        remove(at: doomed)
    }
}
