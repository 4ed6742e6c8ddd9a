// bcrypt hashes of passwords, made and checked by libxcrypt. Both take tens of milliseconds on
// purpose, and so belong on the work pool.

import CCrypt
import Cryptography
import PluginSDK

struct PasswordHash: Sendable, Equatable {
    /// `$2b$10$` and what follows.
    let text: String

    /// A hash that somebody else made.
    init(brought text: String) throws(PluginError) {
        guard let cost = Self.cost(of: text) else {
            throw PluginError(.invalidRequest, "password_hash is not a valid bcrypt hash")
        }
        guard cost >= Limits.broughtCost.lowerBound else {
            throw PluginError(
                .invalidRequest,
                "bcrypt cost of \(cost) is too low, want \(Limits.broughtCost.lowerBound) at "
                    + "minimum")
        }
        guard cost <= Limits.broughtCost.upperBound else {
            throw PluginError(
                .invalidRequest,
                "bcrypt cost of \(cost) exceeds maximum cost of \(Limits.broughtCost.upperBound)")
        }
        self.text = text
    }

    init(stored text: String) throws(RecordError) {
        guard Self.cost(of: text) != nil else { throw .damaged }
        self.text = text
    }

    /// Hashes a new password.
    init(of password: Password) throws(PluginError) {
        guard let setting = Self.newSetting(), let text = Self.hash(password, setting: setting)
        else { throw PluginError(.internalError, "the password could not be hashed") }
        self.text = text
    }

    /// What an unknown user's password is compared with, so that it takes as long as a known one's.
    /// It is the hash of nothing that anybody knows, and a match would not count.
    static let ofNobody = PasswordHash(
        unchecked: "$2b$10$RKQ8oWvXn3XcZcFJ5dJv6.7mJxw5xG2kQ9T0uYzj1Hn4eVbS8LqWa")

    private init(unchecked text: String) { self.text = text }

    func matches(_ password: Password) -> Bool {
        guard let computed = Self.hash(password, setting: text) else { return false }
        return constantTimeEqual(Array(computed.utf8), Array(text.utf8))
    }

    private static let length = 60

    private static func cost(of text: String) -> Int? {
        let bytes = Array(text.utf8)
        guard bytes.count == length,
            ["$2a$", "$2b$", "$2y$"].contains(where: { bytes.starts(with: $0.utf8) }),
            bytes[6] == UInt8(ascii: "$"),
            bytes[4..<6].allSatisfy({ (0x30...0x39).contains($0) }),
            bytes[7...].allSatisfy(isHashByte)
        else { return nil }
        return Int(bytes[4] - 0x30) * 10 + Int(bytes[5] - 0x30)
    }

    private static func isHashByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "/"):
            true
        default: false
        }
    }

    private static func newSetting() -> String? {
        var salt = SecureRandom.bytes(16).map { CChar(bitPattern: $0) }
        var setting = [CChar](repeating: 0, count: Int(CRYPT_GENSALT_OUTPUT_SIZE))
        guard
            crypt_gensalt_rn(
                "$2b$", UInt(Limits.passwordCost), &salt, Int32(salt.count), &setting,
                Int32(setting.count)) != nil
        else { return nil }
        let text = setting.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: text, as: UTF8.self)
    }

    private static func hash(_ password: Password, setting: String) -> String? {
        // Too large for a stack, and wiped: it holds what was made of the password.
        let space = UnsafeMutablePointer<crypt_data>.allocate(capacity: 1)
        let bytes = UnsafeMutableRawBufferPointer(
            start: space, count: MemoryLayout<crypt_data>.size)
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
        defer {
            zero(bytes)
            space.deallocate()
        }
        return password.withCString { phrase in
            guard let result = crypt_rn(phrase, setting, space, Int32(bytes.count)) else {
                return nil
            }
            return String(cString: result)
        }
    }
}

/// What somebody typed.
struct Password: Sendable {
    private let bytes: SecretBytes

    /// Nil for one that no user can have: bcrypt would pass over what is behind a zero byte or
    /// the 72nd byte, and take two passwords for one.
    init?(_ text: String) {
        guard !text.isEmpty, text.utf8.count <= Limits.maxPasswordBytes,
            !text.utf8.contains(0)
        else { return nil }
        bytes = SecretBytes(utf8: text + "\0")
    }

    /// What is hashed in place of such a one.
    static let none = Password(spaces: 8)

    private init(spaces count: Int) {
        bytes = SecretBytes(Array(repeating: UInt8(ascii: " "), count: count) + [0])
    }

    fileprivate func withCString<Value>(_ body: (UnsafePointer<CChar>) -> Value?) -> Value? {
        bytes.withUnsafeBytes { raw in
            raw.bindMemory(to: CChar.self).baseAddress.flatMap(body)
        }
    }
}
