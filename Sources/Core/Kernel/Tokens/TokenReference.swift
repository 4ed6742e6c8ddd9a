// Tokens together with the namespace they belong to.

/// A token together with the namespace that it belongs to.
struct PresentedToken: Sendable {
    var token: StoredToken
    let home: NamespaceState

    var entry: TokenEntry { token.entry }
}

/// A token that others are made of, with the store that it is in.
struct ParentToken: Sendable {
    let token: StoredToken
    let home: TokenStore

    func reference(keptIn place: Namespace) -> TokenReference {
        home.reference(to: token.key, keptIn: place)
    }
}

/// Names a token of any namespace.
///
/// As text it is the digest, and after a dot the namespace's id where that is not the one in which
/// the text is kept.
struct TokenReference: Sendable, Equatable {
    let key: TokenKey
    /// `nil` is the namespace in which the reference is kept.
    let namespace: String?

    init(_ key: TokenKey, in home: Namespace, keptIn place: Namespace) {
        self.key = key
        namespace = home.id == place.id ? nil : home.id
    }

    init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let digest = parts.first, let key = TokenKey(text: String(digest)) else { return nil }
        self.key = key
        namespace = parts.count == 2 ? String(parts[1]) : nil
    }

    var text: String { namespace.map { key.text + "." + $0 } ?? key.text }
}
