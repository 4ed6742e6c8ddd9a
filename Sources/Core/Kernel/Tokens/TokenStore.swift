// The tokens of one namespace: looked up on every request, written in one atomic batch with their
// indexes.

internal import Barrier
internal import Clock
internal import Cryptography
internal import Synchronization

/// Where tokens live.
///
/// Below `<namespace>/token/` there are four kinds of entries, all named by salted digests:
/// `id/<token>` the token itself, `parent/<parent>/<child>` and `expiry/<time>/<token>`, which are
/// indexes without content, and `accessor/<accessor>` with the token's name, only for tokens whose
/// accessor does not lead to them by itself (`TokenText`). Every change writes the entry and its
/// indexes together.
final class TokenStore: Sendable {
    let barrier: Barrier
    let prefix: String
    let namespace: Namespace
    let directory: NamespaceDirectory
    private let namespacePrefix: String
    let cache: TokenCache
    /// What ends with a token.
    let leases: LeaseStore
    let batch: BatchTokens
    private let digests: [LaneDigest]
    private let isTidying = Atomic(false)
    /// Counts the tokens that were made.
    let created: TokenCreations

    /// An HMAC context is keyed once and not shared between event loops.
    private final class LaneDigest: Sendable {
        let hmac: Mutex<HMACSHA256>
        init(salt: SecretBytes) { hmac = Mutex(HMACSHA256(key: salt)) }
    }

    private static let laneSlots = 16
    /// Contexts are large; the event loops share a few of those of one among many namespaces.
    private static let laneSlotsOfNamespace = 4

    init(
        barrier: Barrier, namespace: Namespace, directory: NamespaceDirectory,
        created: TokenCreations
    ) async throws(BackendFailure) {
        self.barrier = barrier
        self.namespace = namespace
        self.directory = directory
        self.created = created
        let namespacePrefix = namespace.storagePrefix
        self.namespacePrefix = namespacePrefix
        leases = LeaseStore(barrier: barrier, namespace: namespace)
        self.prefix = namespacePrefix + "token/"
        let saltKey = prefix + "salt"
        guard let stored = try barrier.read(saltKey) else {
            throw BackendFailure(.internalError, "the token store has no salt")
        }
        let salt = SecretBytes(stored.value)
        batch = try await BatchTokens(
            barrier: barrier, namespace: namespace, now: Timestamp.now.seconds)
        cache = TokenCache(isSmall: !namespace.isRoot)
        let slots = namespace.isRoot ? Self.laneSlots : Self.laneSlotsOfNamespace
        digests = (0..<slots).map { _ in LaneDigest(salt: salt) }
    }

    // MARK: Names

    static func key(of token: SecretBytes, _ hmac: HMACSHA256) -> TokenKey {
        token.withUnsafeBytes { text in
            let digest = hmac.authenticate(text)
            guard let number = TokenText.number(ofToken: text) else {
                return TokenKey(digest: digest)
            }
            return TokenKey(number: number, digest: digest)
        }
    }

    func key(of token: SecretBytes, lane: Int = 0) -> TokenKey {
        digests[lane % digests.count].hmac.withLock { Self.key(of: token, $0) }
    }

    func key(ofAccessor accessor: String) -> TokenKey { key(of: SecretBytes(utf8: accessor)) }

    func idPath(_ key: TokenKey) -> String { prefix + "id/" + key.text }
    func accessorPath(_ key: TokenKey) -> String { prefix + "accessor/" + key.text }
    private func parentFolder(_ parent: String) -> String { prefix + "parent/" + parent + "/" }
    /// In the store of the parent's namespace.
    func parentPath(_ parent: TokenKey, _ child: TokenReference) -> String {
        parentFolder(parent.text) + child.text
    }

    /// This store, or the one of the namespace above that the reference names.
    func store(of reference: TokenReference) -> TokenStore? {
        reference.namespace.map { directory.loadedTokens($0) } ?? self
    }

    /// How another namespace's store names a token of this one.
    func reference(to key: TokenKey, keptIn place: Namespace) -> TokenReference {
        TokenReference(key, in: namespace, keptIn: place)
    }

    /// Says that a token has left leases in another namespace, which end with it too.
    func elsewherePath(_ key: TokenKey, _ namespaceID: String) -> String {
        elsewhereFolder(key) + namespaceID
    }
    func elsewhereFolder(_ key: TokenKey) -> String { prefix + "elsewhere/" + key.text + "/" }

    private func expiryFolder(_ time: Int64) -> String {
        prefix + "expiry/" + Self.sortable(time) + "/"
    }
    func expiryPath(_ time: Int64, _ key: TokenKey) -> String { expiryFolder(time) + key.text }

    /// Folder of the token's private entries.
    func cubbyholePath(_ key: TokenKey) -> String { cubbyholeFolder + key.text + "/" }
    var cubbyholeFolder: String { namespacePrefix + "cubbyhole/" }
    /// The response that a wrapping token holds.
    func wrappedPath(_ key: TokenKey) -> String { namespacePrefix + "wrapped/" + key.text }

    /// Seconds as sixteen hexadecimal digits, so that byte order is time order.
    static func sortable(_ time: Int64) -> String {
        let digits = String(UInt64(max(0, time)), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// `false` if somebody tidies already.
    func beginTidying() -> Bool {
        isTidying.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    }

    func endTidying() { isTidying.store(false, ordering: .releasing) }

    // MARK: Look-up

    /// The token by its digest, whether it is still good or not.
    func find(_ key: TokenKey) throws(BackendFailure) -> StoredToken? {
        let (cached, epoch) = cache.find(key)
        if let cached { return cached }
        guard let stored = try barrier.read(idPath(key)) else { return nil }
        let entry = try TokenEntry(decoding: stored.value)
        let token = StoredToken(key: key, entry: entry, revision: stored.revision)
        cache.insert(token, readAt: epoch)
        return token
    }

    /// The token, if it opens anything at `now`.
    func findLive(_ key: TokenKey, now: Int64) throws(BackendFailure) -> StoredToken? {
        guard let token = try find(key), !token.entry.isRevoking, token.entry.usesLeft >= 0,
            !token.entry.isExpired(at: now)
        else { return nil }
        return token
    }

    /// The token of this text, if it opens anything at `now`. The one way from a text to a token,
    /// whatever its kind.
    func open(
        _ secret: SecretBytes, lane: Int = 0, now: Int64
    ) throws(BackendFailure) -> StoredToken? {
        let isBatch = BatchTokens.isBatch(secret)
        let limit = isBatch ? KernelLimits.batchTokenBytes : KernelLimits.clientTokenBytes
        guard (1...limit).contains(secret.count) else { return nil }
        let key = self.key(of: secret, lane: lane)
        guard isBatch else { return try findLive(key, now: now) }
        let (cached, epoch) = cache.find(key)
        var token = cached
        if token == nil, let entry = try batch.open(secret) {
            let opened = StoredToken(key: key, entry: entry, revision: 0)
            cache.insert(opened, readAt: epoch)
            token = opened
        }
        guard let token, !token.entry.isExpired(at: now),
            try hasLiveParent(token.entry, now: now)
        else { return nil }
        return token
    }

    /// A batch token cannot be revoked, but it ends with its parent.
    private func hasLiveParent(_ entry: TokenEntry, now: Int64) throws(BackendFailure) -> Bool {
        if entry.isOrphan { return true }
        guard let parent = TokenReference(entry.parent) else { return false }
        return try store(of: parent)?.findLive(parent.key, now: now) != nil
    }

    /// The name of the token with this accessor.
    func tokenKey(accessor: String) throws(BackendFailure) -> TokenKey? {
        if let number = TokenText.number(ofAccessor: accessor),
            let key = try tokenKey(number: number, accessor: accessor)
        {
            return key
        }
        guard let stored = try barrier.read(accessorPath(key(ofAccessor: accessor))) else {
            return nil
        }
        return TokenKey(text: String(decoding: stored.value, as: UTF8.self))
    }

    /// As a rule one token has a number, and the accessor is compared all the same: its random part
    /// is what gives a right to the token.
    private func tokenKey(
        number: UInt64, accessor: String
    ) throws(BackendFailure) -> TokenKey? {
        var after = TokenKey(before: number).text
        while let name = try names("id/", after: after, limit: 1).first {
            guard let key = TokenKey(text: name), key.number == number else { return nil }
            if let token = try find(key),
                constantTimeEqual(Array(token.entry.accessor.utf8), Array(accessor.utf8))
            {
                return key
            }
            after = name
        }
        return nil
    }

    // MARK: Change

    /// The batch that stores a new token with its indexes; it fails if the token is there already
    /// or the parent has changed.
    func insertion(of entry: TokenEntry, key: TokenKey, parent: ParentToken?) -> BarrierBatch {
        let name = key.text
        let idPath = prefix + "id/" + name
        var batch = BarrierBatch(growth: .reserved)
        batch.preconditions.append((idPath, 0))
        if let parent {
            let (token, home) = (parent.token, parent.home)
            batch.preconditions.append((home.idPath(token.key), token.revision))
            let isElsewhere = home !== self
            batch.puts.append(
                (
                    isElsewhere
                        ? home.parentPath(token.key, reference(to: key, keptIn: home.namespace))
                        : parentFolder(entry.parent) + name, []
                ))
        }
        batch.puts.append((idPath, entry.encoded()))
        if key.number == nil {
            let accessorPath = accessorPath(self.key(ofAccessor: entry.accessor))
            batch.preconditions.append((accessorPath, 0))
            batch.puts.append((accessorPath, Array(name.utf8)))
        }
        if entry.expiresAt != 0 { batch.puts.append((expiryFolder(entry.expiresAt) + name, [])) }
        return batch
    }

    /// Replaces a token, if it is still what was read; `false` if somebody was faster.
    func replace(
        _ token: StoredToken, with entry: TokenEntry
    ) async throws(BackendFailure) -> Bool {
        // Also a token's end begins with a mark.
        var batch = BarrierBatch(growth: .unbounded)
        batch.preconditions.append((idPath(token.key), token.revision))
        batch.puts.append((idPath(token.key), entry.encoded()))
        if token.entry.expiresAt != entry.expiresAt {
            if token.entry.expiresAt != 0 {
                batch.deletes.append(expiryPath(token.entry.expiresAt, token.key))
            }
            if entry.expiresAt != 0 {
                batch.puts.append((expiryPath(entry.expiresAt, token.key), []))
            }
        }
        defer { cache.invalidate(token.key) }
        do throws(BarrierError) {
            _ = try await barrier.commit(batch)
            return true
        } catch {
            if case .conflict = error.code { return false }
            throw BackendFailure(error)
        }
    }

    /// Removes a token with all its indexes and with what was kept for it alone: its cubbyhole, or
    /// the response that it wraps.
    func remove(_ token: StoredToken) async throws(BackendFailure) {
        try await leases.expireAll(ofToken: token.key)
        try await expireLeasesElsewhere(of: token.key)
        try await barrier.deleteFolder(cubbyholePath(token.key))
        var batch = BarrierBatch()
        batch.deletes.append(idPath(token.key))
        if token.key.number == nil {
            batch.deletes.append(accessorPath(key(ofAccessor: token.entry.accessor)))
        }
        if token.entry.policies == [WrappingStore.policy] {
            batch.deletes.append(wrappedPath(token.key))
        }
        if let parent = TokenReference(token.entry.parent), let home = store(of: parent) {
            let child = reference(to: token.key, keptIn: home.namespace)
            batch.deletes.append(home.parentPath(parent.key, child))
        }
        if token.entry.expiresAt != 0 {
            batch.deletes.append(expiryPath(token.entry.expiresAt, token.key))
        }
        defer { cache.invalidate(token.key) }
        try await barrier.write(batch)
    }

    /// One page of an index folder's names after `after`.
    func names(_ folder: String, after: String, limit: Int) throws(BackendFailure) -> [String] {
        try barrier.names(prefix + folder, after: after, limit: limit)
    }
}
