// How the root key is split; readable before unsealing.

internal import JSON

/// Stored in plain, because unsealing needs it; it holds no secret.
struct SealConfiguration: Sendable, Equatable {
    var shares: Int
    var threshold: Int

    func encoded() -> [UInt8] {
        let value: JSONValue = [
            "type": "shamir", "secret_shares": .number(JSONNumber(shares)),
            "secret_threshold": .number(JSONNumber(threshold)),
        ]
        return value.encoded()
    }

    init(shares: Int, threshold: Int) {
        self.shares = shares
        self.threshold = threshold
    }

    init?(decoding bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes),
            let shares = value["secret_shares"]?.intValue,
            let threshold = value["secret_threshold"]?.intValue,
            (1...255).contains(shares), (1...shares).contains(threshold)
        else { return nil }
        self.init(shares: shares, threshold: threshold)
    }

    /// Checks what `sys/init` was asked for, in Vault's words.
    static func validated(shares: Int, threshold: Int) throws(BackendFailure) -> SealConfiguration {
        let problem: String? =
            switch (shares, threshold) {
            case (..<1, _): "shares must be at least one"
            case (_, ..<1): "threshold must be at least one"
            case (2..., 1): "threshold must be greater than one for multiple shares"
            case (256..., _): "shares must be less than 256"
            case (_, 256...): "threshold must be less than 256"
            case (let shares, let threshold) where threshold > shares:
                "threshold cannot be larger than shares"
            default: nil
            }
        if let problem {
            throw BackendFailure(.invalidRequest, "invalid seal configuration: \(problem)")
        }
        return SealConfiguration(shares: shares, threshold: threshold)
    }
}
