// A key for each namespace: what is encrypted with it is gone for good when the key is.

public import Cryptography
import Synchronization

/// What belongs to a namespace lies below `ns/<id>/`. The root namespace's entries are encrypted
/// with the keyring's keys, those of another one with keys derived from its own secret, one for
/// each term. So a rotation of the keyring gives every namespace a new key too, and the count of a
/// term's encryptions, which bounds its use, bounds theirs.
final class NamespaceKeys: Sendable {
    private static let folder = "ns/"
    private let rootFolder: String
    private let keys: [String: NamespaceKey]

    init(root: String, keys: [String: NamespaceKey] = [:]) {
        rootFolder = Self.folder + root + "/"
        self.keys = keys
    }

    private init(rootFolder: String, keys: [String: NamespaceKey]) {
        self.rootFolder = rootFolder
        self.keys = keys
    }

    func setting(_ key: NamespaceKey?, for id: String) -> NamespaceKeys {
        var keys = keys
        keys[id] = key
        return NamespaceKeys(rootFolder: rootFolder, keys: keys)
    }

    /// The key of an entry; `nil` is the keyring's. Below a namespace that has no key, nothing is
    /// read or written: nothing must come to lie there that would outlive it.
    func key(of entry: String) throws(BarrierError) -> NamespaceKey? {
        if entry.utf8.starts(with: rootFolder.utf8) { return nil }
        guard entry.utf8.starts(with: Self.folder.utf8) else { return nil }
        let id = entry.utf8.dropFirst(Self.folder.utf8.count).prefix { $0 != UInt8(ascii: "/") }
        guard let key = keys[String(Substring(id))] else {
            throw BarrierError(.keyDestroyed, "the namespace has no key", key: entry)
        }
        return key
    }
}

/// The secret of one namespace and the keys that were derived from it so far.
final class NamespaceKey: Sendable {
    private let secret: SecretBytes
    private let terms = Mutex<[UInt32: TermKey]>([:])

    init(_ secret: SecretBytes) { self.secret = secret }

    /// The key for what is written while this term of the keyring is active.
    func term(_ term: UInt32) -> TermKey {
        terms.withLock { terms in
            if let known = terms[term] { return known }
            let new = TermKey(term: term, installedAtUnixSeconds: 0, key: derived(term))
            terms[term] = new
            return new
        }
    }

    private func derived(_ term: UInt32) -> SecretBytes {
        var label = Array("coffer namespace key".utf8)
        label.appendBigEndian(term)
        var bytes = HMACSHA256(key: secret).authenticate(label)
        return SecretBytes(erasing: &bytes)
    }
}

extension Barrier {
    public static let namespaceKeyBytes = AES256GCM.keyByteCount

    /// From now on, and until it is sealed, every namespace but this one needs a key of its own.
    public func separateNamespaces(from root: String) {
        state.withLock { $0.namespaces = NamespaceKeys(root: root) }
    }

    /// The namespace's entries are encrypted with keys derived from this secret.
    public func addNamespaceKey(_ secret: SecretBytes, for id: String) {
        let key = NamespaceKey(secret)
        state.withLock { $0.namespaces = $0.namespaces?.setting(key, for: id) }
    }

    /// Forgets a namespace's key: nothing of it can be read or written any more.
    public func removeNamespaceKey(for id: String) {
        state.withLock { $0.namespaces = $0.namespaces?.setting(nil, for: id) }
    }
}

/// The keys at one moment.
struct BarrierKeys: Sendable {
    let keyring: Keyring
    let namespaces: NamespaceKeys?

    /// The key that an entry is written with.
    func active(for entry: String) throws(BarrierError) -> TermKey {
        guard let own = try namespaces?.key(of: entry) else { return keyring.active }
        return own.term(keyring.active.term)
    }

    /// The key that an entry was written with in this term.
    func term(_ id: UInt32, of entry: String) throws(BarrierError) -> TermKey {
        let isActive = id == keyring.active.term
        guard let term = isActive ? keyring.active : keyring.terms[id] else {
            throw .corrupted("an entry belongs to a term that the keyring does not have", entry)
        }
        guard let own = try namespaces?.key(of: entry) else { return term }
        return own.term(id)
    }
}
