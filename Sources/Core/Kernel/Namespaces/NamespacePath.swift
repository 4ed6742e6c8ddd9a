// How namespaces may be called.

/// A namespace's path as one above it names it: one or more names, each with a slash at its end.
struct NamespacePath: Sendable, Equatable {
    let text: String

    /// Names that are something else already, or would be read as something else.
    private static let reserved = [
        "root", "sys", "audit", "auth", "cubbyhole", "identity", "api-lock", "seal", "unseal",
        "seal-status", "delete-sealed", ".", "..",
    ]

    init(_ raw: String) throws(BackendFailure) {
        var path = raw[...]
        while path.utf8.first == UInt8(ascii: "/") { path = path.dropFirst() }
        while path.utf8.last == UInt8(ascii: "/") { path = path.dropLast() }
        guard !path.isEmpty else { throw Self.refusal("path must not be empty") }
        guard path.utf8.count < KernelLimits.namespacePathBytes else {
            throw Self.refusal(
                "path must not be longer than \(KernelLimits.namespacePathBytes) bytes")
        }
        for name in path.split(separator: "/", omittingEmptySubsequences: false) {
            try Self.check(name)
        }
        text = path + "/"
    }

    private static func check(_ name: Substring) throws(BackendFailure) {
        guard !name.isEmpty else { throw refusal("path must not have an empty segment") }
        // Whoever sees two names must see that they are two: no case, composition or look-alike
        // makes one of them look like the other. "*" and "+" would be wildcards in policies.
        guard name.utf8.allSatisfy(isPlain) else {
            throw refusal(
                "a name may have letters, digits, \"-\", \"_\" and \".\" in it, and nothing else")
        }
        let folded = name.lowercased()
        if reserved.contains(where: { $0.utf8.elementsEqual(folded.utf8) }) {
            throw refusal("\"\(name)\" is a reserved path and cannot be used as a namespace")
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }

    private static func refusal(_ text: String) -> BackendFailure {
        BackendFailure(.invalidRequest, "invalid namespace: \(text)")
    }
}
