// A namespace's first token and the salt of its store, as the entries that make them.

internal import Cryptography

extension TokenStore {
    /// The salt of a new namespace's store, which has no token yet.
    static func salt(_ namespace: Namespace) -> (key: String, value: [UInt8]) {
        (namespace.storagePrefix + "token/salt", SecureRandom.bytes(32))
    }

    /// A root token without an end, for a store that does not exist yet.
    static func firstToken(
        id: String, namespacePrefix: String, now: Int64
    ) -> (secret: SecretBytes, entries: [(key: String, value: [UInt8])]) {
        let salt = SecureRandom.bytes(32)
        let hmac = HMACSHA256(key: salt)
        let secret = SecretBytes(utf8: id.isEmpty ? TokenText.plainToken() : id)
        let entry = TokenEntry(
            accessor: TokenText.plainAccessor(), policies: ["root"], path: "auth/token/root",
            displayName: "root", metadata: [:], createdAt: now, ttlSeconds: 0,
            creationTTLSeconds: 0, explicitMaxTTLSeconds: 0, periodSeconds: 0, expiresAt: 0,
            lastRenewedAt: 0, usesLeft: 0, isRenewable: false, parent: "", isRevoking: false)
        let key = key(of: secret, hmac)
        let accessorKey = self.key(of: SecretBytes(utf8: entry.accessor), hmac)
        let prefix = namespacePrefix + "token/"
        return (
            secret,
            [
                (prefix + "salt", salt), (prefix + "id/" + key.text, entry.encoded()),
                (prefix + "accessor/" + accessorKey.text, Array(key.text.utf8)),
            ]
        )
    }
}
