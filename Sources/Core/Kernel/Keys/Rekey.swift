// New unseal keys for those who hold enough of the old ones. The root key is replaced with them, so
// that an old copy of the store and old shares do not open what is written later.

internal import Barrier
internal import Cryptography
internal import Logging
internal import Synchronization

/// A rekey under way.
struct Rekey: Sendable {
    let nonce = OperationNonce()
    /// Of the new shares.
    let configuration: SealConfiguration
    let needsVerification: Bool
    var shares = CollectedShares()
    /// From the moment that enough old shares were given, if verification was asked for.
    var verification: Verification?

    static let operation = "rekey"

    /// The new shares were handed out and have to come back before they replace the old ones.
    struct Verification: Sendable {
        var nonce = OperationNonce()
        let unsealKey: SecretBytes
        var shares = CollectedShares()

        static let operation = "verify"
    }
}

/// New shares, shown this once.
struct NewShares: Sendable {
    let nonce: String
    let shares: [SecretBytes]
    let verificationNonce: String?
}

extension Core {
    func startRekey(
        _ ceremonies: KeyCeremonies, shares: Int, threshold: Int, needsVerification: Bool
    ) throws(BackendFailure) {
        let configuration = try SealConfiguration.validated(shares: shares, threshold: threshold)
        let rekey = Rekey(configuration: configuration, needsVerification: needsVerification)
        let isFirst = ceremonies.state.withLock { state in
            guard state.rekey == nil else { return false }
            state.rekey = rekey
            return true
        }
        guard isFirst else { throw BackendFailure(.invalidRequest, "rekey already in progress") }
        logger.info(
            "rekey started",
            metadata: [
                "shares": "\(shares)", "threshold": "\(threshold)",
                "verification": "\(needsVerification)",
            ])
    }

    /// - Parameter nonce: needed from whoever is not entitled otherwise; `nil` skips the check.
    func cancelRekey(_ ceremonies: KeyCeremonies, nonce: String?) throws(BackendFailure) {
        let cancelled = ceremonies.state.withLock { state -> Result<Bool, BackendFailure> in
            guard let rekey = state.rekey else { return .success(false) }
            do throws(BackendFailure) {
                if let nonce { try rekey.nonce.check(nonce, of: Rekey.operation) }
            } catch { return .failure(error) }
            state.rekey = nil
            return .success(true)
        }
        if try cancelled.get() { logger.info("rekey canceled") }
    }

    /// Takes one of the old shares. With the last one needed there are new ones; until then `nil`.
    func updateRekey(
        _ ceremonies: KeyCeremonies, share text: String?, nonce: String?
    ) async throws(BackendFailure) -> NewShares? {
        try await ceremonies.steps.withLock { () async throws(BackendFailure) in
            let configuration = try self.requireSealConfiguration()
            guard var rekey = ceremonies.state.withLock({ $0.rekey }) else {
                throw BackendFailure(.invalidRequest, "no barrier rekey in progress")
            }
            try rekey.nonce.check(nonce, of: Rekey.operation)
            guard rekey.verification == nil else {
                throw BackendFailure(
                    .invalidRequest,
                    "rekey operation already finished; verification must be performed")
            }
            try rekey.shares.add(
                KeyShare.read(text, for: configuration), during: Rekey.operation)
            guard rekey.shares.count >= configuration.threshold else {
                ceremonies.keep(rekey)
                return nil
            }
            let given = rekey.shares.takeAll()
            // Right or wrong, these shares are used up.
            ceremonies.keep(rekey)
            _ = try self.unsealKey(of: given, configuration, for: Rekey.operation)
            let unsealKey = SecretBytes(random: 32)
            let shares = try KeyShare.split(unsealKey, rekey.configuration)
            if rekey.needsVerification {
                let verification = Rekey.Verification(unsealKey: unsealKey)
                rekey.verification = verification
                ceremonies.keep(rekey)
                return NewShares(
                    nonce: rekey.nonce.text, shares: shares,
                    verificationNonce: verification.nonce.text)
            }
            try await self.finish(rekey, unsealKey, ceremonies)
            return NewShares(nonce: rekey.nonce.text, shares: shares, verificationNonce: nil)
        }
    }

    /// Takes one of the new shares. With the last one needed they replace the old ones, and the
    /// answer is true.
    func verifyRekey(
        _ ceremonies: KeyCeremonies, share text: String?, nonce: String?
    ) async throws(BackendFailure) -> Bool {
        try await ceremonies.steps.withLock { () async throws(BackendFailure) in
            var (rekey, verification) = try ceremonies.verification()
            try verification.nonce.check(nonce, of: Rekey.Verification.operation)
            try verification.shares.add(
                KeyShare.read(text, for: rekey.configuration),
                during: Rekey.Verification.operation)
            let isEnough = verification.shares.count >= rekey.configuration.threshold
            let given = isEnough ? verification.shares.takeAll() : []
            rekey.verification = verification
            ceremonies.keep(rekey)
            guard isEnough else { return false }
            let unsealKey = try? KeyShare.combine(
                given, threshold: rekey.configuration.threshold)
            guard let unsealKey, unsealKey == verification.unsealKey else {
                throw BackendFailure(
                    .invalidRequest, "rekey verification failed; incorrect key shares supplied")
            }
            try await self.finish(rekey, unsealKey, ceremonies)
            return true
        }
    }

    /// Starts the verification over, under a new nonce; the new shares stay the ones handed out.
    ///
    /// - Parameter nonce: needed from whoever is not entitled otherwise; `nil` skips the check.
    func restartVerification(
        _ ceremonies: KeyCeremonies, nonce: String?
    ) async throws(BackendFailure) {
        try await ceremonies.steps.withLock { () async throws(BackendFailure) in
            var (rekey, verification) = try ceremonies.verification()
            if let nonce {
                try verification.nonce.check(nonce, of: Rekey.Verification.operation)
            }
            verification.nonce = OperationNonce()
            verification.shares = CollectedShares()
            rekey.verification = verification
            ceremonies.keep(rekey)
        }
    }

    /// The one moment at which old shares end and new ones begin: a single batch of the barrier.
    private func finish(
        _ rekey: Rekey, _ unsealKey: SecretBytes, _ ceremonies: KeyCeremonies
    ) async throws(BackendFailure) {
        // A rekey that was cancelled while its last share was on the way changes nothing.
        guard ceremonies.state.withLock({ $0.rekey?.nonce.text == rekey.nonce.text }) else {
            throw BackendFailure(.invalidRequest, "no barrier rekey in progress")
        }
        do throws(BarrierError) {
            try await barrier.rewrapKeyring(
                rootKey: SecretBytes(random: 32), unsealKey: unsealKey,
                sealConfiguration: rekey.configuration.encoded())
        } catch { throw BackendFailure(error) }
        ceremonies.state.withLock { state in
            state.rekey = nil
            // Its shares are of no use any more: the old ones open nothing.
            state.rootGeneration?.shares = CollectedShares()
            state.unsealKey = unsealKey
        }
        logger.info("rekey finished")
    }
}

extension KeyCeremonies {
    /// Stores a rekey's progress, unless it was cancelled meanwhile.
    fileprivate func keep(_ rekey: Rekey) {
        state.withLock { state in
            guard state.rekey?.nonce.text == rekey.nonce.text else { return }
            state.rekey = rekey
        }
    }

    fileprivate func verification() throws(BackendFailure) -> (Rekey, Rekey.Verification) {
        guard let rekey = state.withLock({ $0.rekey }) else {
            throw BackendFailure(.invalidRequest, "no rekey in progress")
        }
        guard let verification = rekey.verification else {
            throw BackendFailure(.invalidRequest, "no rekey verification in progress")
        }
        return (rekey, verification)
    }
}
