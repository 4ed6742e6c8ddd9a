// What the barrier can fail with.

internal import Cryptography
internal import Storage

/// Decide by `code`. Messages hold no secret; the entry's path is carried apart, for logs.
public struct BarrierError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        case sealed
        case notInitialised
        case alreadyInitialised
        /// The root or unseal key does not open what it should.
        case wrongKey
        /// An entry was altered, truncated, moved or written under a key that is gone.
        case corrupted
        case newerVersion
        /// A precondition does not hold for this key.
        case conflict(key: String)
        case invalidKey
        case tooLarge
        case full
        /// What this bound is for would grow over it.
        case overBound(String)
        /// Another change of keys is under way, or too many writes are waiting.
        case busy
        /// The active term may encrypt nothing more until it is rotated.
        case rotationRequired
        case closed
        case io
        /// The entry's namespace has no key, or none any more.
        case keyDestroyed
    }

    public let code: Code
    public let message: String
    /// The entry at fault, if it is one.
    public let key: String?

    public init(_ code: Code, _ message: String, key: String? = nil) {
        self.code = code
        self.message = message
        self.key = key
    }

    public var description: String { message }

    public static func == (a: BarrierError, b: BarrierError) -> Bool { a.code == b.code }

    static let sealed = BarrierError(.sealed, "the barrier is sealed")
    static let wrongKey = BarrierError(
        .wrongKey, "the key does not open the barrier: it is wrong, or what it opens was altered")

    static func corrupted(_ message: String, _ key: String) -> BarrierError {
        BarrierError(.corrupted, message, key: key)
    }
}

extension BarrierError {
    init(_ error: StorageError) {
        let code: Code =
            switch error.code {
            case .conflict(let key): .conflict(key: key)
            case .full: .full
            case .overBound(let name): .overBound(name)
            case .corrupted: .corrupted
            case .tooLarge: .tooLarge
            case .invalidKey: .invalidKey
            case .busy: .busy
            case .closed: .closed
            case .newerVersion: .newerVersion
            case .inUse, .io: .io
            }
        self.init(code, error.message)
    }

    /// For operations whose failure says nothing about a stored entry.
    init(_ error: CryptoError) {
        self.init(error.code == .tooLarge ? .tooLarge : .io, error.message)
    }
}
