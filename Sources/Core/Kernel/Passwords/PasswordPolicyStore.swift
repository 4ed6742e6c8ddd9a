// The password policies of one namespace. They are read when they are used: that is seldom, and
// there is nothing to keep in step.

internal import Barrier

/// Named policies below `<namespace>/password-policy/`.
final class PasswordPolicyStore: Sendable {
    private let barrier: Barrier
    private let prefix: String

    init(barrier: Barrier, namespacePrefix: String) {
        self.barrier = barrier
        self.prefix = namespacePrefix + "password-policy/"
    }

    func names() throws(BackendFailure) -> [String] {
        var names: [String] = []
        try barrier.forEachName(in: prefix) { names.append($0) }
        return names
    }

    /// The author's text.
    func text(_ name: String) throws(BackendFailure) -> String? {
        try Self.check(name)
        return try barrier.read(prefix + name).map { String(decoding: $0.value, as: UTF8.self) }
    }

    /// Keeps a policy that can be read and met.
    func put(_ name: String, text: String) async throws(BackendFailure) {
        try Self.check(name)
        do throws(PasswordPolicyError) { try PasswordPolicy(parsing: text).prove() } catch {
            throw BackendFailure(.invalidRequest, "invalid password policy: \(error.message)")
        }
        try await barrier.put(prefix + name, Array(text.utf8))
    }

    func delete(_ name: String) async throws(BackendFailure) {
        try Self.check(name)
        try await barrier.delete(prefix + name)
    }

    /// A password by the policy's rules; `nil` if there is no such policy.
    func generate(_ name: String) throws(BackendFailure) -> String? {
        guard let text = try text(name) else { return nil }
        do throws(PasswordPolicyError) {
            let policy = try PasswordPolicy(parsing: text)
            if let password = policy.generate(attempts: PasswordLimits.candidatesPerPassword) {
                return password
            }
            throw PasswordPolicyError("no candidate met the rules")
        } catch {
            throw BackendFailure(
                .internalError, "failed to generate password from policy: \(error.message)")
        }
    }

    /// Letters, digits and `_`, inside also `.` and `-`: one storage name, whatever it says.
    private static func check(_ name: String) throws(BackendFailure) {
        func isWord(_ byte: UInt8) -> Bool {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
            default: false
            }
        }
        guard name.utf8.count <= PasswordLimits.maxNameBytes,
            let first = name.utf8.first, let last = name.utf8.last, isWord(first), isWord(last),
            name.utf8.allSatisfy({
                isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
            })
        else {
            throw BackendFailure(
                .invalidRequest,
                "a password policy's name has letters, digits, \"_\", \".\" and \"-\"")
        }
    }
}
