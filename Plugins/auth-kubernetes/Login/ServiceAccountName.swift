// A service account's name and namespace, out of the user name that Kubernetes gives it.

struct ServiceAccountName: Sendable, Hashable {
    let namespace: String
    let name: String

    /// `system:serviceaccount:NAMESPACE:NAME`, and both as Kubernetes lets them be: what is a path,
    /// a pattern or a sentence never gets any further.
    init?(user: String) {
        let parts = user.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, parts[0].utf8.elementsEqual("system".utf8),
            parts[1].utf8.elementsEqual("serviceaccount".utf8), Self.isName(parts[2]),
            Self.isName(parts[3])
        else { return nil }
        namespace = parts[2]
        name = parts[3]
    }

    /// Whether a user name is one of those that only service accounts have.
    static func isMeant(by user: String) -> Bool {
        user.utf8.starts(with: "system:serviceaccount:".utf8)
    }

    /// A DNS subdomain (RFC 1123).
    private static func isName(_ text: String) -> Bool {
        let isEdge = { (byte: UInt8) in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard let first = text.utf8.first, let last = text.utf8.last, text.utf8.count <= 253,
            isEdge(first), isEdge(last)
        else { return false }
        return text.utf8.allSatisfy {
            isEdge($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
        }
    }
}
