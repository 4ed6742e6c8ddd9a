// The first start of a store: keys are made, split and shown once.

internal import Barrier
internal import Clock
public import Cryptography
internal import JSON
internal import Logging

/// What `sys/init` returns, once.
public struct InitializationResult: Sendable {
    public let shares: [SecretBytes]
    public let rootToken: SecretBytes
}

extension Core {
    public func isInitialized() throws(BackendFailure) -> Bool {
        do { return try barrier.isInitialised() } catch { throw BackendFailure(error) }
    }

    /// Makes the keys and the root token. The server is sealed afterwards, as it was before.
    ///
    /// - Parameter rootToken: the root token's text, for dev mode; random otherwise.
    public func initialize(
        shares: Int, threshold: Int, rootToken: String = ""
    ) async throws(BackendFailure) -> InitializationResult {
        let configuration = try SealConfiguration.validated(shares: shares, threshold: threshold)
        return try await lifecycle.withLock { () async throws(BackendFailure) in
            if try self.isInitialized() {
                throw BackendFailure(.invalidRequest, "Vault is already initialized")
            }
            return try await self.makeKeys(configuration, rootToken)
        }
    }

    /// Everything that an initialised store needs is written in one batch: a crash leaves either
    /// all of it or a store that can be initialised again.
    private func makeKeys(
        _ configuration: SealConfiguration, _ rootToken: String
    ) async throws(BackendFailure) -> InitializationResult {
        let unsealKey = SecretBytes(random: 32)
        let shares: [SecretBytes]
        do throws(ShamirError) {
            shares = try Shamir.splitOrWhole(
                unsealKey, shares: configuration.shares, threshold: configuration.threshold)
        } catch { throw BackendFailure(.invalidRequest, error.message) }
        let namespaceID = Base62.random(12)
        let prefix = NamespaceState.prefix(namespaceID)
        let root = TokenStore.firstToken(
            id: rootToken, namespacePrefix: prefix, now: Timestamp.now.seconds)
        do throws(BarrierError) {
            try await barrier.initialise(
                rootKey: SecretBytes(random: 32), unsealKey: unsealKey,
                sealConfiguration: configuration.encoded(),
                entries: root.entries + [
                    (NamespaceTable.rootKey, Array(namespaceID.utf8)),
                    (Self.clusterKey, Array(UUID128().text.utf8)),
                ])
        } catch { throw BackendFailure(error) }
        logger.info(
            "initialized",
            metadata: [
                "shares": "\(configuration.shares)", "threshold": "\(configuration.threshold)",
            ])
        return InitializationResult(shares: shares, rootToken: root.secret)
    }

    static var clusterKey: String { "core/cluster-id" }

    /// Random, made at initialisation; only known while unsealed.
    var clusterID: String {
        guard let stored = try? barrier.get(Self.clusterKey) else { return "" }
        return String(decoding: stored.value, as: UTF8.self)
    }
}
