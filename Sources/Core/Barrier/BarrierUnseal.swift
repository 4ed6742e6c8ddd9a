// From nothing to an open barrier and back: initialise, unseal, seal.

public import Cryptography
internal import Storage
import Synchronization

extension Barrier {
    public func isInitialised() throws(BarrierError) -> Bool {
        try load(ReservedName.keyring.rawValue) != nil
    }

    /// Creates term 1 and stores the keyring under the root key; with an unseal key also the root
    /// key under that. One batch on the condition that there is no keyring: of two that race, one
    /// wins and the other gets `alreadyInitialised`. The barrier stays sealed. `entries` are
    /// written in the same batch: a store is never initialised without what it cannot do without.
    public func initialise(
        rootKey: SecretBytes, unsealKey: SecretBytes? = nil, sealConfiguration: [UInt8]? = nil,
        entries: [(key: String, value: [UInt8])] = []
    ) async throws(BarrierError) {
        guard rootKey.count == AES256GCM.keyByteCount else {
            throw BarrierError(.wrongKey, "a root key has \(AES256GCM.keyByteCount) bytes")
        }
        let keyring = Keyring.initial(rootKey: rootKey)
        var batch = StoreBatch(preconditions: [(ReservedName.keyring.rawValue, 0)])
        batch.puts.append((ReservedName.keyring.rawValue, try keyring.sealedRecord()))
        batch.puts.append(try usagePut(for: keyring.active))
        for (key, value) in entries {
            try ReservedName.check(key)
            do throws(CryptoError) {
                batch.puts.append((key, try seal(value, key: key, keyring.active)))
            } catch {
                throw BarrierError(error)
            }
        }
        if let unsealKey { batch.puts.append(try Self.rootKeyPut(rootKey, under: unsealKey)) }
        if let sealConfiguration {
            batch.puts.append((ReservedName.sealConfiguration.rawValue, sealConfiguration))
        }
        do throws(StorageError) {
            try await store.commit(batch)
        } catch {
            guard case .conflict = error.code else { throw BarrierError(error) }
            throw BarrierError(.alreadyInitialised, "the barrier is initialised already")
        }
    }

    /// Opens the barrier; on an open one it only checks the key.
    public func unseal(rootKey: SecretBytes) throws(BarrierError) {
        guard let stored = try load(ReservedName.keyring.rawValue) else {
            throw BarrierError(.notInitialised, "the barrier is not initialised")
        }
        let keyring = try Keyring.open(
            stored.bytes, rootKey: rootKey, revision: stored.revision)
        try restoreUsage(of: keyring)
        let isBusy = state.withLock { state in
            if state.keyring != nil { return false }
            // A record that is about to be replaced must not become the snapshot.
            if state.isChangingKeys { return true }
            state.keyring = keyring
            return false
        }
        if isBusy { throw .keyChangeUnderWay }
    }

    /// Forgets every key. Operations that have begun end with the keys that they hold.
    public func seal() {
        state.withLock { state in
            state.keyring = nil
            state.namespaces = nil
        }
    }

    /// A count that is missing or does not open is taken for a used-up one, so that a rotation
    /// follows: losing the record must not make a key live longer.
    private func restoreUsage(of keyring: Keyring) throws(BarrierError) {
        let name = ReservedName.usage.rawValue
        var found: (count: UInt64, counted: UInt64)?
        if let stored = try load(name),
            let record = try? open(
                stored.bytes, key: name, BarrierKeys(keyring: keyring, namespaces: nil))
        {
            found = Usage.count(in: record, term: keyring.active.term)
        }
        let start = min(found?.count ?? limits.rotationEncryptions, limits.rotationEncryptions)
        let ahead = start - min(found?.counted ?? start, start)
        keyring.active.encryptions.store(start, ordering: .relaxed)
        keyring.active.reserved.store(start, ordering: .relaxed)
        keyring.active.ahead.store(ahead, ordering: .relaxed)
    }

    /// The first persisted count of a term.
    func usagePut(for term: TermKey) throws(BarrierError) -> (key: String, value: [UInt8]) {
        let name = ReservedName.usage.rawValue
        let reservation = UsageReservation(term: term, count: limits.usageBlock, before: 0)
        term.encryptions.store(1, ordering: .relaxed)
        term.reserved.store(limits.usageBlock, ordering: .relaxed)
        do throws(CryptoError) {
            return (name, try seal(reservation.record, key: name, term))
        } catch {
            throw BarrierError(error)
        }
    }
}

extension BarrierError {
    static let keyChangeUnderWay = BarrierError(.busy, "another change of keys is under way")
}
