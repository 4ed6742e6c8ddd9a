// A new root token for those who hold enough key shares.

internal import Clock
internal import Cryptography
internal import Logging
internal import Synchronization

/// An attempt under way.
struct RootGeneration: Sendable {
    let nonce = OperationNonce()
    /// As long as a token: the token leaves the server only together with this pad.
    let pad: SecretBytes
    var shares = CollectedShares()

    static let operation = "root generation"
}

/// What `sys/generate-root` shows.
struct RootGenerationStatus: Sendable {
    var nonce = ""
    var isStarted = false
    var progress = 0
    var required = 0
    var isComplete = false
    /// Shown once, to whoever started the attempt without a pad of their own.
    var pad = ""
    var encodedToken = ""
}

extension RootGeneration {
    /// Characters of a token, and so of the pad.
    static let padCharacters = TokenText.plainToken().utf8.count

    init(pad text: String) throws(BackendFailure) {
        guard text.utf8.count == Self.padCharacters else {
            throw BackendFailure(
                .invalidRequest,
                "OTP string is wrong length; it must have \(Self.padCharacters) characters")
        }
        pad = SecretBytes(utf8: text)
    }

    /// The token under the pad, in base64 without padding.
    func encode(_ token: SecretBytes) throws(BackendFailure) -> String {
        guard token.count == pad.count else {
            throw BackendFailure(.internalError, "the token and the OTP differ in length")
        }
        let covered = SecretBytes(count: token.count) { covered in
            token.withUnsafeBytes { token in
                pad.withUnsafeBytes { pad in
                    for index in 0..<covered.count { covered[index] = token[index] ^ pad[index] }
                }
            }
        }
        var text = covered.withUnsafeBytes { Base64.encode($0) }
        while text.utf8.last == UInt8(ascii: "=") { text.removeLast() }
        return text
    }
}

extension Core {
    func rootGenerationStatus(
        _ ceremonies: KeyCeremonies
    ) throws(BackendFailure) -> RootGenerationStatus {
        var status = RootGenerationStatus()
        status.required = try requireSealConfiguration().threshold
        if let attempt = ceremonies.state.withLock({ $0.rootGeneration }) {
            status.isStarted = true
            status.nonce = attempt.nonce.text
            status.progress = attempt.shares.count
        }
        return status
    }

    func startRootGeneration(
        _ ceremonies: KeyCeremonies, pad given: String
    ) throws(BackendFailure) -> RootGenerationStatus {
        let pad = given.isEmpty ? Base62.random(RootGeneration.padCharacters) : given
        let attempt = try RootGeneration(pad: pad)
        let isFirst = ceremonies.state.withLock { state in
            guard state.rootGeneration == nil else { return false }
            state.rootGeneration = attempt
            return true
        }
        guard isFirst else {
            throw BackendFailure(.invalidRequest, "root generation already in progress")
        }
        logger.info("root generation started")
        var status = try rootGenerationStatus(ceremonies)
        if given.isEmpty { status.pad = pad }
        return status
    }

    /// - Parameter nonce: needed from whoever is not entitled otherwise; `nil` skips the check.
    func cancelRootGeneration(
        _ ceremonies: KeyCeremonies, nonce: String?
    ) throws(BackendFailure) {
        let cancelled = ceremonies.state.withLock { state -> Result<Bool, BackendFailure> in
            guard let attempt = state.rootGeneration else { return .success(false) }
            do throws(BackendFailure) {
                if let nonce { try attempt.nonce.check(nonce, of: RootGeneration.operation) }
            } catch { return .failure(error) }
            state.rootGeneration = nil
            return .success(true)
        }
        if try cancelled.get() { logger.info("root generation canceled") }
    }

    /// Takes one share; with the last one needed the token is made.
    func updateRootGeneration(
        _ ceremonies: KeyCeremonies, tokens: TokenStore, share text: String?, nonce: String?
    ) async throws(BackendFailure) -> RootGenerationStatus {
        try await ceremonies.steps.withLock { () async throws(BackendFailure) in
            let configuration = try self.requireSealConfiguration()
            guard var attempt = ceremonies.state.withLock({ $0.rootGeneration }) else {
                throw BackendFailure(.invalidRequest, "no root generation in progress")
            }
            try attempt.nonce.check(nonce, of: RootGeneration.operation)
            try attempt.shares.add(
                KeyShare.read(text, for: configuration), during: RootGeneration.operation)
            guard attempt.shares.count >= configuration.threshold else {
                ceremonies.keep(attempt)
                return try self.rootGenerationStatus(ceremonies)
            }
            let shares = attempt.shares.takeAll()
            // Right or wrong, these shares are used up.
            ceremonies.keep(attempt)
            _ = try self.unsealKey(of: shares, configuration, for: RootGeneration.operation)
            let token = try await tokens.issueRoot()
            ceremonies.state.withLock { $0.rootGeneration = nil }
            self.logger.info("root generation finished")
            return RootGenerationStatus(
                nonce: attempt.nonce.text, isStarted: true, progress: shares.count,
                required: configuration.threshold, isComplete: true,
                encodedToken: try attempt.encode(token))
        }
    }
}

extension KeyCeremonies {
    /// Stores an attempt's progress, unless it was cancelled meanwhile.
    fileprivate func keep(_ attempt: RootGeneration) {
        state.withLock { state in
            guard state.rootGeneration?.nonce.text == attempt.nonce.text else { return }
            state.rootGeneration = attempt
        }
    }
}

extension TokenStore {
    /// A root token without parent and end.
    fileprivate func issueRoot() async throws(BackendFailure) -> SecretBytes {
        let request = TokenRequest(
            id: TokenText.plainToken(), policies: ["root"], isRenewable: false, displayName: "root",
            path: "auth/token/root")
        return try await issue(
            request, parent: nil, mount: MountLifetimes(defaultTTL: 0, maxTTL: 0),
            now: Timestamp.now.seconds
        ).secret
    }
}
