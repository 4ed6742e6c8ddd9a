// A named key: what roles sign with. Behind the name the key pairs change.

internal import Clock
internal import Cryptography

struct OIDCNamedKey: Sendable {
    let name: OIDCName
    var algorithm: JWSAlgorithm
    var rotationPeriodSeconds: Int64
    /// How long a public key is published after its rotation. No token of this key lives longer.
    var verificationTTLSeconds: Int64
    /// Which roles may sign; "*" is all.
    var allowedClientIDs: [String]
    var nextRotationAt: Int64 = 0
    /// The pair that signs and the one that will be next: verifiers that keep the key set for a
    /// while know the next key before it signs. The key that every namespace has gets them when
    /// they are first needed.
    var pairs: Pairs?
    var retired: [OIDCRetiredKey] = []

    struct Pairs: Sendable {
        var signing: OIDCKeyPair
        var next: OIDCKeyPair
    }

    static let defaultPeriodSeconds: Int64 = 24 * 3600
    static let minPeriodSeconds: Int64 = 60
    static let maxVerificationPeriods: Int64 = 10

    /// The key that is there from the first day.
    static let builtIn = OIDCNamedKey(
        name: .default, algorithm: .rs256, rotationPeriodSeconds: defaultPeriodSeconds,
        verificationTTLSeconds: defaultPeriodSeconds, allowedClientIDs: ["*"])

    func allows(clientID: String) -> Bool {
        allowedClientIDs.contains { $0 == "*" || $0.utf8.elementsEqual(clientID.utf8) }
    }

    /// What verifiers may believe at `now`.
    func publicKeys(now: Int64) -> [OIDCPublicKey] {
        let current = pairs.map { [$0.signing.publicKey, $0.next.publicKey] } ?? []
        return current + retired.filter { $0.expiresAt > now }.map(\.publicKey)
    }

    /// Vault's rules for the two periods.
    func checkPeriods() throws(BackendFailure) {
        guard rotationPeriodSeconds >= Self.minPeriodSeconds else {
            throw BackendFailure(
                .invalidRequest, "rotation_period must be at least one minute")
        }
        let (longest, overflow) = rotationPeriodSeconds.multipliedReportingOverflow(
            by: Self.maxVerificationPeriods)
        guard overflow || verificationTTLSeconds <= longest else {
            throw BackendFailure(
                .invalidRequest, "verification_ttl cannot be longer than 10x rotation_period")
        }
    }

    // MARK: Rotation

    func isDue(now: Int64) -> Bool { pairs != nil && nextRotationAt <= now }

    /// Makes the first pairs, if there are none.
    mutating func makePairs(now: Int64) throws(BackendFailure) {
        guard pairs == nil else { return }
        pairs = Pairs(signing: try .generate(algorithm), next: try .generate(algorithm))
        scheduleRotation(now: now)
    }

    /// The next pair signs from now on; the public key of the old one stays for `lifetime`.
    mutating func rotate(now: Int64, lifetimeSeconds lifetime: Int64) throws(BackendFailure) {
        guard let old = pairs else { return try makePairs(now: now) }
        try retire(old.signing, now: now, lifetimeSeconds: lifetime)
        pairs = Pairs(signing: old.next, next: try .generate(algorithm))
        scheduleRotation(now: now)
    }

    /// Changes the algorithm: both pairs are made anew, and what was signed stays verifiable.
    mutating func change(to new: JWSAlgorithm, now: Int64) throws(BackendFailure) {
        guard new != algorithm else { return }
        algorithm = new
        guard let old = pairs else { return }
        try retire(old.signing, now: now, lifetimeSeconds: verificationTTLSeconds)
        pairs = nil
        try makePairs(now: now)
    }

    private mutating func retire(
        _ pair: OIDCKeyPair, now: Int64, lifetimeSeconds lifetime: Int64
    ) throws(BackendFailure) {
        forgetExpired(now: now)
        guard lifetime > 0 else { return }
        guard retired.count < KernelLimits.retiredIdentityTokenKeys else {
            throw BackendFailure(
                .invalidRequest,
                "the key was rotated \(retired.count) times within its verification_ttl; rotate "
                    + "with a shorter verification_ttl, or wait")
        }
        retired.append(
            OIDCRetiredKey(
                publicKey: pair.publicKey, expiresAt: Self.time(now, plus: lifetime),
                lifetimeSeconds: lifetime))
    }

    mutating func scheduleRotation(now: Int64) {
        nextRotationAt = Self.time(now, plus: rotationPeriodSeconds)
    }

    mutating func forgetExpired(now: Int64) { retired.removeAll { $0.expiresAt <= now } }

    /// After the clock was set back, or the period shortened, the times may lie further ahead than
    /// they ever should. Gives back whether one did.
    mutating func bringTimesForward(now: Int64) -> Bool {
        var isChanged = false
        let latest = Self.time(now, plus: rotationPeriodSeconds)
        if pairs != nil, nextRotationAt > latest {
            nextRotationAt = latest
            isChanged = true
        }
        for index in retired.indices {
            let latest = Self.time(now, plus: retired[index].lifetimeSeconds)
            guard retired[index].expiresAt > latest else { continue }
            retired[index].expiresAt = latest
            isChanged = true
        }
        return isChanged
    }

    /// A time that is held at the end of the range.
    static func time(_ now: Int64, plus seconds: Int64) -> Int64 {
        let (sum, overflow) = now.addingReportingOverflow(seconds)
        return overflow ? (seconds < 0 ? .min : .max) : sum
    }
}
