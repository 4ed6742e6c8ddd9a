// Operations on the server's keys that several people take part in. What they have handed in so far
// is in memory only and ends when the server seals.

internal import Barrier
internal import Cryptography
internal import Logging
internal import Synchronization

/// Root generation and rekey of one unsealing. Steps exclude each other.
final class KeyCeremonies: Sendable {
    struct State: Sendable {
        var rootGeneration: RootGeneration?
        var rekey: Rekey?
        /// What the shares give. Kept while unsealed, so that the root key can be replaced without
        /// shares; it gives away nothing that the root key beside it in memory does not.
        var unsealKey: SecretBytes?
    }

    let state = Mutex(State())
    let steps = AsyncLock()

    func adopt(unsealKey: SecretBytes) { state.withLock { $0.unsealKey = unsealKey } }
}

extension Core {
    /// The configuration of the shares that are valid now.
    func requireSealConfiguration() throws(BackendFailure) -> SealConfiguration {
        guard let configuration = try sealConfiguration() else {
            throw BackendFailure(.invalidRequest, "server is not yet initialized")
        }
        return configuration
    }

    /// The unseal key that shares give, if it opens the root key.
    func unsealKey(
        of shares: [SecretBytes], _ configuration: SealConfiguration, for operation: String
    ) throws(BackendFailure) -> SecretBytes {
        let unsealKey = try KeyShare.combine(shares, threshold: configuration.threshold)
        do throws(BarrierError) {
            _ = try barrier.openRootKey(unsealKey: unsealKey)
            return unsealKey
        } catch {
            guard error.code == .wrongKey else { throw BackendFailure(error) }
            throw BackendFailure(
                .invalidRequest,
                "\(operation) aborted: the key shares given do not open the root key; "
                    + "hand in the right ones")
        }
    }

    /// Replaces the root key under the unseal key that is in use. Needs no shares and changes none.
    func rotateRootKey(_ ceremonies: KeyCeremonies) async throws(BackendFailure) {
        try await ceremonies.steps.withLock { () async throws(BackendFailure) in
            guard let unsealKey = ceremonies.state.withLock({ $0.unsealKey }) else {
                throw BackendFailure(.internalError, "the unseal key is not known")
            }
            do throws(BarrierError) {
                try await self.barrier.rewrapKeyring(
                    rootKey: SecretBytes(random: 32), unsealKey: unsealKey)
            } catch { throw BackendFailure(error) }
        }
        logger.info("root key rotated")
    }
}
