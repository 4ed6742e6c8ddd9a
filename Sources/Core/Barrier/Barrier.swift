// Everything that reaches storage passes here and is encrypted.

internal import Clock
internal import Cryptography
internal import Metrics
public import Storage
import Synchronization

/// Reads and writes entries under the keyring's keys while unsealed. All methods may be called from
/// any thread; reads take a snapshot of the keyring and wait for nobody.
public final class Barrier: Sendable {
    struct State {
        var keyring: Keyring?
        var namespaces: NamespaceKeys?
        /// A rotation or rekey waits for storage.
        var isChangingKeys = false
    }

    let store: any PhysicalStore
    let limits: BarrierLimits
    public let figures = BarrierFigures()
    let state = Mutex(State())
    /// Where a rotation starts by itself; never above the limit.
    let rotationThreshold: Atomic<UInt64>

    public convenience init(store: any PhysicalStore) {
        self.init(store: store, limits: .standard)
    }

    init(store: any PhysicalStore, limits: BarrierLimits) {
        self.store = store
        self.limits = limits
        rotationThreshold = Atomic(limits.rotationEncryptions)
    }

    public var isSealed: Bool { state.withLock { $0.keyring == nil } }

    func unsealedKeyring() throws(BarrierError) -> Keyring {
        guard let keyring = state.withLock({ $0.keyring }) else { throw .sealed }
        return keyring
    }

    private func unsealedKeys() throws(BarrierError) -> BarrierKeys {
        let keys = state.withLock { state in
            state.keyring.map { BarrierKeys(keyring: $0, namespaces: state.namespaces) }
        }
        guard let keys else { throw .sealed }
        return keys
    }

    public func get(_ key: String) throws(BarrierError) -> BarrierEntry? {
        let keys = try unsealedKeys()
        try ReservedName.check(key)
        return try figures.timing(figures.gets) { () throws(BarrierError) in
            guard let stored = try load(key) else { return nil }
            let value = try open(stored.bytes, key: key, keys)
            return BarrierEntry(value: value, revision: stored.revision)
        }
    }

    public func list(
        _ prefix: String, after: String, limit: Int
    ) throws(BarrierError) -> [String] {
        _ = try unsealedKeyring()
        return try figures.timing(figures.lists) { () throws(BarrierError) in
            try visibleNames(prefix, after: after, limit: limit)
        }
    }

    private func visibleNames(
        _ prefix: String, after: String, limit: Int
    ) throws(BarrierError) -> [String] {
        do throws(StorageError) {
            // A page is full or the last one, so what is hidden is asked for in excess.
            let hidden = prefix == ReservedName.folder ? ReservedName.allCases.count : 0
            let (wanted, isTooMany) = limit.addingReportingOverflow(hidden)
            let names = try store.list(prefix, after: after, limit: isTooMany ? limit : wanted)
            guard hidden > 0 else { return names }
            let visible = names.filter { !ReservedName.isReserved($0, in: prefix) }
            return Array(visible.prefix(max(limit, 0)))
        } catch {
            throw BarrierError(error)
        }
    }

    /// Encrypts on the caller's thread. `then` is called exactly once, at once or on a thread of
    /// the store, and must not block.
    public func commit(
        _ batch: BarrierBatch, then: @escaping @Sendable (Result<UInt64, BarrierError>) -> Void
    ) {
        let start = MonotonicClock.nowNanoseconds
        let summary = batch.puts.isEmpty ? figures.deletes : figures.puts
        let sealed: SealedBatch
        do throws(BarrierError) {
            sealed = try seal(batch)
        } catch {
            then(.failure(error))
            return
        }
        store.commit(sealed.batch) { result in
            summary.record(nanoseconds: MonotonicClock.nowNanoseconds &- start)
            if case .failure = result { sealed.reservation?.undo() }
            then(result.mapError { BarrierError($0) })
        }
        if sealed.needsRotation { rotate { _ in } }
    }

    @discardableResult
    public func commit(_ batch: BarrierBatch) async throws(BarrierError) -> UInt64 {
        let result: Result<UInt64, BarrierError> = await withCheckedContinuation { continuation in
            commit(batch) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    private struct SealedBatch {
        let batch: StoreBatch
        let reservation: UsageReservation?
        let needsRotation: Bool
    }

    private func seal(_ batch: BarrierBatch) throws(BarrierError) -> SealedBatch {
        let keys = try unsealedKeys()
        let keyring = keys.keyring
        for precondition in batch.preconditions { try ReservedName.check(precondition.key) }
        for key in batch.deletes { try ReservedName.check(key) }
        for put in batch.puts { try ReservedName.check(put.key) }
        let usage = try Usage.count(
            batch.puts.count, on: keyring.active, limits,
            rotatingAt: rotationThreshold.load(ordering: .relaxed))
        var puts: [(key: String, value: [UInt8])] = []
        puts.reserveCapacity(batch.puts.count + 1)
        do throws(BarrierError) {
            for (key, value) in batch.puts {
                puts.append((key, try encrypt(value, key: key, keys.active(for: key))))
            }
            if let reservation = usage.reservation {
                let name = ReservedName.usage.rawValue
                puts.append((name, try encrypt(reservation.record, key: name, keyring.active)))
            }
        } catch {
            usage.reservation?.undo()
            throw error
        }
        let sealed = StoreBatch(
            preconditions: batch.preconditions, puts: puts, deletes: batch.deletes,
            growth: batch.growth.storeGrowth)
        return SealedBatch(
            batch: sealed, reservation: usage.reservation, needsRotation: usage.needsRotation)
    }

    func seal(_ value: [UInt8], key: String, _ term: TermKey) throws(CryptoError) -> [UInt8] {
        try term.withCipher { cipher throws(CryptoError) in
            try EntryLayout.seal(value, key: key, term: term.term, with: cipher)
        }
    }

    private func encrypt(
        _ value: [UInt8], key: String, _ term: TermKey
    ) throws(BarrierError) -> [UInt8] {
        do throws(CryptoError) { return try seal(value, key: key, term) } catch {
            throw BarrierError(error)
        }
    }

    func open(_ entry: [UInt8], key: String, _ keys: BarrierKeys) throws(BarrierError) -> [UInt8] {
        let term = try keys.term(EntryLayout.term(of: entry, key: key), of: key)
        do throws(CryptoError) {
            return try term.withCipher { cipher throws(CryptoError) in
                try EntryLayout.open(entry, key: key, with: cipher)
            }
        } catch {
            guard error.code == .authenticationFailed else { throw BarrierError(error) }
            throw .corrupted("an entry does not authenticate: it was altered or moved", key)
        }
    }

    func load(_ key: String) throws(BarrierError) -> StoredValue? {
        do throws(StorageError) { return try store.get(key) } catch { throw BarrierError(error) }
    }
}
