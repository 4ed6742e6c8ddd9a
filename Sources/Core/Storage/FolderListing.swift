// Listing a folder over any sorted set of keys.

enum FolderListing {
    /// The names below `prefix`, found by seeking: a subfolder costs one step, however much lies in
    /// it. `seek` gives the first key at or after its argument.
    static func names(
        prefix: String, after: String, limit: Int,
        seek: ([UInt8]) throws(StorageError) -> [UInt8]?
    ) throws(StorageError) -> [String] {
        let slash = UInt8(ascii: "/")
        let prefix = Array(prefix.utf8)
        let after = Array(after.utf8)
        var target = prefix + after
        var names: [String] = []
        while names.count < limit, let key = try seek(target), key.starts(with: prefix) {
            let rest = key[prefix.count...]
            let name: ArraySlice<UInt8>
            if let end = rest.firstIndex(of: slash) {
                name = rest[...end]
                // The byte after "/": past everything in the folder.
                target = Array(key[..<end]) + [slash + 1]
            } else {
                name = rest
                target = key + [0]
            }
            guard after.lexicographicallyPrecedes(name) else { continue }
            guard let text = String(validating: name, as: UTF8.self) else {
                throw StorageError(.corrupted, "a stored key is not UTF-8")
            }
            names.append(text)
        }
        return names
    }
}
