// A token under the name of a lease: the path that made it and the token's digest, as operators
// list and revoke tokens by path.

/// `auth/userpass/login/alice/h<digest>`.
///
/// Nothing is stored under this name. A token's entry holds its path, so one token is found by the
/// digest, and those below a path by going through all tokens: that is what operators do in
/// trouble, and it would cost every new token an index entry to make it quick.
struct TokenLease: Sendable {
    private static let mark = "h"

    let path: String
    let key: TokenKey

    init(path: String, key: TokenKey) {
        let slashes = path.utf8.reversed().prefix { $0 == UInt8(ascii: "/") }.count
        self.path = String(path.utf8.dropLast(slashes)) ?? path
        self.key = key
    }

    /// From what somebody says is a lease id; `nil` if it cannot be a token's.
    init?(_ text: String) {
        guard text.utf8.count <= KernelLimits.leaseIDBytes,
            let slash = text.utf8.lastIndex(of: UInt8(ascii: "/")),
            let name = String(text.utf8[text.utf8.index(after: slash)...]),
            name.utf8.starts(with: Self.mark.utf8),
            let key = TokenKey(text: String(name.utf8.dropFirst(Self.mark.utf8.count)) ?? ""),
            let path = String(text.utf8[..<slash])
        else { return nil }
        self.path = path
        self.key = key
    }

    var text: String { path + "/" + Self.mark + key.text }
}

extension TokenStore {
    /// The token that this lease is of. Tokens without an end have none, nor has one that is about
    /// to be gone.
    func find(_ lease: TokenLease) throws(BackendFailure) -> StoredToken? {
        guard let token = try find(lease.key), let own = Self.lease(of: token),
            own.path.utf8.elementsEqual(lease.path.utf8)
        else { return nil }
        return token
    }

    static func lease(of token: StoredToken) -> TokenLease? {
        guard token.entry.expiresAt != 0, !token.entry.isRevoking, !token.entry.isBatch else {
            return nil
        }
        return TokenLease(path: token.entry.path, key: token.key)
    }
}
