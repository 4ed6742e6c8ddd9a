// Changing keys while the barrier is open: a new term, a new unseal key, a new root key.

public import Cryptography
internal import Storage
import Synchronization

extension Barrier {
    public func keyInfo() throws(BarrierError) -> KeyInfo {
        let active = try unsealedKeyring().active
        let count = active.encryptions.load(ordering: .relaxed)
        return KeyInfo(
            term: active.term, installedAtUnixSeconds: active.installedAtUnixSeconds,
            encryptions: count, estimatedEncryptions: active.estimatedEncryptions,
            needsRotation: count >= rotationThreshold.load(ordering: .relaxed))
    }

    /// The most that `rotateAfter` takes.
    public var maxRotationThreshold: UInt64 { limits.rotationEncryptions }

    /// From how many encryptions on a key is replaced by itself. There is no way to let one be used
    /// for longer than the limit.
    public func rotateAfter(_ encryptions: UInt64) {
        rotationThreshold.store(
            min(encryptions, limits.rotationEncryptions), ordering: .relaxed)
    }

    /// Stores how often the active key was used, so that a restart shows no other number. Waits for
    /// nothing; a failure costs only that.
    public func noteUsage() {
        guard let active = state.withLock({ $0.keyring })?.active else { return }
        let total = active.encryptions.wrappingAdd(1, ordering: .relaxed).newValue
        guard let reservation = Usage.reserve(total, on: active, limits) else { return }
        let name = ReservedName.usage.rawValue
        guard let record = try? seal(reservation.record, key: name, active) else {
            return reservation.undo()
        }
        store.commit(StoreBatch(puts: [(name, record)])) { result in
            if case .failure = result { reservation.undo() }
        }
    }

    /// Adds a term, under which everything is written from then on; what older terms encrypted
    /// stays readable. Answers with the new term.
    public func rotate(then: @escaping @Sendable (Result<UInt32, BarrierError>) -> Void) {
        changeKeys { keyring throws(BarrierError) in
            guard let next = keyring.addingTerm() else {
                throw BarrierError(.rotationRequired, "the keyring has no terms left")
            }
            return (next, [try self.usagePut(for: next.active)])
        } then: {
            then($0.map(\.active.term))
        }
    }

    @discardableResult
    public func rotate() async throws(BarrierError) -> UInt32 {
        let result: Result<UInt32, BarrierError> = await withCheckedContinuation { continuation in
            rotate { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Replaces the unseal key, and with it the old shares; no data is encrypted anew. The seal
    /// configuration changes in the same batch, so shares and threshold never disagree.
    public func rekey(
        unsealKey: SecretBytes, sealConfiguration: [UInt8]? = nil
    ) async throws(BarrierError) {
        try await changeKeys { keyring throws(BarrierError) in
            var puts = [try Self.rootKeyPut(keyring.rootKey, under: unsealKey)]
            if let sealConfiguration {
                puts.append((ReservedName.sealConfiguration.rawValue, sealConfiguration))
            }
            return (keyring, puts)
        }
    }

    /// Replaces the root key. A barrier that is opened by shares needs the unseal key too, old or
    /// new, since what it opens must change in the same batch; and so must the seal configuration
    /// if the shares are new.
    public func rewrapKeyring(
        rootKey: SecretBytes, unsealKey: SecretBytes? = nil, sealConfiguration: [UInt8]? = nil
    ) async throws(BarrierError) {
        let hasShares = try load(ReservedName.shamirRoot.rawValue) != nil
        guard unsealKey != nil || !hasShares else {
            throw BarrierError(.wrongKey, "the unseal key is needed to replace the root key")
        }
        try await changeKeys { keyring throws(BarrierError) in
            var puts: [(key: String, value: [UInt8])] = []
            if let unsealKey { puts.append(try Self.rootKeyPut(rootKey, under: unsealKey)) }
            if let sealConfiguration {
                puts.append((ReservedName.sealConfiguration.rawValue, sealConfiguration))
            }
            return (keyring.under(rootKey: rootKey), puts)
        }
    }

    private func changeKeys(
        _ change:
            @escaping @Sendable (Keyring) throws(BarrierError) -> (
                Keyring, [(key: String, value: [UInt8])]
            )
    ) async throws(BarrierError) {
        let result: Result<Keyring, BarrierError> = await withCheckedContinuation { continuation in
            changeKeys(change) { continuation.resume(returning: $0) }
        }
        _ = try result.get()
    }

    /// One change at a time. The new keyring is used only once it is durable, and on the condition
    /// that the stored one is still the one that was changed.
    private func changeKeys(
        _ change: (Keyring) throws(BarrierError) -> (Keyring, [(key: String, value: [UInt8])]),
        then: @escaping @Sendable (Result<Keyring, BarrierError>) -> Void
    ) {
        let old: Keyring
        let new: Keyring
        var batch = StoreBatch()
        do throws(BarrierError) {
            old = try beginKeyChange()
        } catch {
            then(.failure(error))
            return
        }
        do throws(BarrierError) {
            let name = ReservedName.keyring.rawValue
            (new, batch.puts) = try change(old)
            batch.preconditions = [(name, old.revision)]
            batch.puts.append((name, try new.sealedRecord()))
        } catch {
            state.withLock { $0.isChangingKeys = false }
            then(.failure(error))
            return
        }
        store.commit(batch) { result in
            let installed = result.map { new.stored(at: $0) }.mapError { BarrierError($0) }
            self.state.withLock { state in
                state.isChangingKeys = false
                // Sealed meanwhile: it stays sealed.
                guard case .success(let keyring) = installed, state.keyring === old else { return }
                state.keyring = keyring
            }
            then(installed)
        }
    }

    private func beginKeyChange() throws(BarrierError) -> Keyring {
        let begun: Result<Keyring, BarrierError> = state.withLock { state in
            guard let keyring = state.keyring else { return .failure(.sealed) }
            guard !state.isChangingKeys else { return .failure(.keyChangeUnderWay) }
            state.isChangingKeys = true
            return .success(keyring)
        }
        return try begun.get()
    }
}
