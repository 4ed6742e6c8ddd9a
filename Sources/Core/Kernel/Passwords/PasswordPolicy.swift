// How passwords are made: a length, and character sets of which each may demand a number of
// characters.

internal import Cryptography
internal import Paths

/// A password policy. Its characters are drawn one by one from all sets together, each with the
/// same chance, and the result is kept only if every rule is met; so every password that meets the
/// rules is equally likely.
struct PasswordPolicy: Sendable {
    struct CharacterRule: Sendable {
        let characters: Set<Unicode.Scalar>
        let minimum: Int
    }

    let length: Int
    let rules: [CharacterRule]
    /// All sets together, no character twice.
    let alphabet: [Unicode.Scalar]

    init(length: Int, rules: [(charset: String, minimum: Int)]) throws(PasswordPolicyError) {
        let allowed = PasswordLimits.minLength...PasswordLimits.maxLength
        guard allowed.contains(length) else {
            throw PasswordPolicyError(
                "passwords must be between \(allowed.lowerBound) and \(allowed.upperBound) "
                    + "characters")
        }
        guard !rules.isEmpty else {
            throw PasswordPolicyError("no charset rule: there is nothing to choose from")
        }
        var seen: Set<Unicode.Scalar> = []
        var alphabet: [Unicode.Scalar] = []
        var read: [CharacterRule] = []
        for rule in rules {
            let characters = Set(rule.charset.unicodeScalars)
            guard !characters.isEmpty else { throw PasswordPolicyError("charset is empty") }
            guard characters.allSatisfy({ VisibleText.isPrintable($0) }) else {
                throw PasswordPolicyError("non-printable character in charset")
            }
            guard rule.minimum >= 0 else {
                throw PasswordPolicyError("min-chars must not be negative")
            }
            guard rule.minimum <= length else {
                throw PasswordPolicyError("min-chars demands more characters than there are")
            }
            for scalar in rule.charset.unicodeScalars where seen.insert(scalar).inserted {
                alphabet.append(scalar)
            }
            read.append(CharacterRule(characters: characters, minimum: rule.minimum))
        }
        guard alphabet.count <= PasswordLimits.maxAlphabetCharacters else {
            throw PasswordPolicyError(
                "charsets have more than \(PasswordLimits.maxAlphabetCharacters) characters "
                    + "together")
        }
        self.length = length
        self.rules = read
        self.alphabet = alphabet
    }

    /// A password, or `nil` if none of `attempts` candidates met the rules.
    func generate(attempts: Int) -> String? {
        for _ in 0..<attempts {
            var candidate: [Unicode.Scalar] = []
            candidate.reserveCapacity(length)
            for _ in 0..<length {
                candidate.append(alphabet[Int(SecureRandom.below(UInt64(alphabet.count)))])
            }
            guard isAccepted(candidate) else { continue }
            var password = String.UnicodeScalarView()
            password.append(contentsOf: candidate)
            return String(password)
        }
        return nil
    }

    private func isAccepted(_ candidate: [Unicode.Scalar]) -> Bool {
        rules.allSatisfy { rule in
            rule.minimum == 0
                || candidate.count(where: rule.characters.contains) >= rule.minimum
        }
    }
}

extension PasswordPolicy {
    /// Tries the policy, so that one that cannot be met, or hardly ever, is refused before an
    /// engine relies on it.
    func prove() throws(PasswordPolicyError) {
        let wanted = PasswordLimits.trialPasswords
        var failed = 0
        for _ in 0..<wanted
        where generate(attempts: PasswordLimits.candidatesPerTrial) == nil { failed += 1 }
        if failed == wanted {
            throw PasswordPolicyError(
                "unable to generate password from provided policy: are the rules impossible?")
        }
        if failed > 0 {
            throw PasswordPolicyError(
                "failed to generate passwords \(failed) times out of \(wanted) attempts: is the "
                    + "policy too restrictive?")
        }
    }
}

/// Why a password policy was refused.
struct PasswordPolicyError: Error, Sendable {
    let message: String
    init(_ message: String) { self.message = message }
}

enum PasswordLimits {
    static let minLength = 4
    static let maxLength = 100
    static let maxAlphabetCharacters = 256
    static let maxTextBytes = 64 * 1024
    static let maxNameBytes = 256
    static let maxRules = 256
    /// Passwords made to try a policy, and the candidates that each may cost.
    static let trialPasswords = 10
    static let candidatesPerTrial = 1_000
    /// Candidates that one password may cost. A policy that passed its trial fails this once in a
    /// thousand years of asking.
    static let candidatesPerPassword = 20_000
}
