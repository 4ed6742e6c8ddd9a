// Names of entities, groups and aliases as they are compared: without regard to case, and otherwise
// byte by byte.

/// A name, folded to lower case.
///
/// A letter outside ASCII never becomes an ASCII one: the Kelvin sign stays itself, so that a login
/// of "Kelvin" written with it is not the "kelvin" that somebody else is.
struct FoldedName: Hashable, Sendable {
    let text: String

    init(_ name: String) {
        if name.utf8.allSatisfy({ $0 < 0x80 && !(0x41...0x5A).contains($0) }) {
            text = name
            return
        }
        var folded = String.UnicodeScalarView()
        for scalar in name.unicodeScalars {
            let lower = scalar.properties.lowercaseMapping.unicodeScalars
            if !scalar.isASCII && lower.contains(where: \.isASCII) {
                folded.append(scalar)
            } else {
                folded.append(contentsOf: lower)
            }
        }
        text = String(folded)
    }

    static func == (one: FoldedName, other: FoldedName) -> Bool {
        one.text.utf8.elementsEqual(other.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
        if text.utf8.withContiguousStorageIfAvailable({
            hasher.combine(bytes: UnsafeRawBufferPointer($0))
        }) == nil {
            for byte in text.utf8 { hasher.combine(byte) }
        }
    }
}

/// What an alias is found by: the mount that vouches for it, and the name there.
struct AliasFactors: Hashable, Sendable {
    let mountAccessor: String
    let name: FoldedName

    init(mountAccessor: String, name: String) {
        self.mountAccessor = mountAccessor
        self.name = FoldedName(name)
    }
}
