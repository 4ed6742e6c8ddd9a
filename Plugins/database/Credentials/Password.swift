// New passwords: by a password policy, or the engine's own way.

import Cryptography
import PluginSDK

/// Goes on with a new password, by the policy if there is one.
func newPassword(
    _ policy: String, then: @escaping @Sendable (String) throws -> Outcome
) throws -> Outcome {
    if policy.isEmpty { return try then(Password.random()) }
    return .password(policy: policy, then: then)
}

enum Password {
    private static let alphabet = Array(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-".utf8)

    /// Letters of both cases, digits and a hyphen, each at least once: what most servers' rules ask
    /// for. All such passwords are equally likely.
    static func random() -> String {
        while true {
            let bytes = (0..<Limits.passwordCharacters).map { _ in
                alphabet[Int(SecureRandom.below(UInt64(alphabet.count)))]
            }
            guard bytes.contains(where: { (0x61...0x7A).contains($0) }),
                bytes.contains(where: { (0x41...0x5A).contains($0) }),
                bytes.contains(where: { (0x30...0x39).contains($0) }),
                bytes.contains(UInt8(ascii: "-"))
            else { continue }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
