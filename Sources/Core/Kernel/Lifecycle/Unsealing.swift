// Key shares come in one by one, until they open the root key.

internal import Barrier
public import Cryptography
internal import Synchronization

/// The shares of one attempt to unseal.
struct UnsealProgress: Sendable {
    var shares: [SecretBytes] = []
    /// Names this attempt, so that operators see when somebody else started over.
    var nonce = ""
}

extension Core {
    func sealConfiguration() throws(BackendFailure) -> SealConfiguration? {
        do {
            guard let bytes = try barrier.readSealConfiguration() else { return nil }
            guard let configuration = SealConfiguration(decoding: bytes) else {
                throw BackendFailure(.internalError, "the seal configuration cannot be read")
            }
            return configuration
        } catch let error as BackendFailure {
            throw error
        } catch let error as BarrierError {
            throw BackendFailure(error)
        } catch {
            throw BackendFailure(.internalError, "the seal configuration cannot be read")
        }
    }

    /// Forgets the shares given so far.
    func resetUnseal() { unsealProgress.withLock { $0 = UnsealProgress() } }

    /// Takes one share; with the last one needed, the server unseals.
    public func unseal(share: SecretBytes) async throws(BackendFailure) {
        try await lifecycle.withLock { () async throws(BackendFailure) in
            guard self.isSealed else { return }
            guard let configuration = try self.sealConfiguration() else {
                throw BackendFailure(.invalidRequest, "server is not yet initialized")
            }
            try Self.check(share, configuration)
            let shares = self.unsealProgress.withLock { progress in
                if progress.nonce.isEmpty { progress.nonce = UUID128().text }
                // The same share again is not progress.
                if !progress.shares.contains(where: { $0 == share }) {
                    progress.shares.append(share)
                }
                return progress.shares
            }
            guard shares.count >= configuration.threshold else { return }
            // Right or wrong, this attempt is over.
            self.resetUnseal()
            let unsealKey = try self.open(shares, configuration)
            do throws(BackendFailure) {
                try await self.activate()
                try self.activeState().ceremonies.adopt(unsealKey: unsealKey)
            } catch {
                self.rateLimits.removeAll()
                self.barrier.seal()
                throw error
            }
        }
    }

    private static func check(
        _ share: SecretBytes, _ configuration: SealConfiguration
    ) throws(BackendFailure) {
        let expected = configuration.shareBytes
        guard share.count == expected else {
            throw BackendFailure(
                .invalidRequest,
                "key is \(share.count) bytes long, but a key share of this server has \(expected)")
        }
    }

    private func open(
        _ shares: [SecretBytes], _ configuration: SealConfiguration
    ) throws(BackendFailure) -> SecretBytes {
        do {
            let unsealKey = try Shamir.combineOrWhole(shares, threshold: configuration.threshold)
            let rootKey = try barrier.openRootKey(unsealKey: unsealKey)
            try barrier.unseal(rootKey: rootKey)
            return unsealKey
        } catch let error as BarrierError where error.code == .wrongKey {
            throw BackendFailure(
                .invalidRequest,
                "failed to decrypt keys from storage: the key shares given do not open the root "
                    + "key; start again with the right ones")
        } catch let error as BarrierError {
            throw BackendFailure(error)
        } catch {
            throw BackendFailure(
                .invalidRequest, "invalid key: the key shares given do not fit together")
        }
    }

    /// Forgets the keys and ends all engines.
    public func seal() async throws(BackendFailure) {
        try await lifecycle.withLock { () async throws(BackendFailure) in
            self.resetUnseal()
            await self.deactivate()
        }
    }
}
