/// What a physical store can fail with. Stores hold ciphertext, so a message may name a setting or
/// a system error; keys are carried apart from it.
public struct StorageError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        /// A precondition does not hold for this key; nothing of the batch was written.
        case conflict(key: String)
        /// No room. Reads and deletes still work.
        case full
        /// The batch would take what this bound is for over it; nothing of it was written.
        case overBound(String)
        case corrupted
        /// A key, value or batch above its limit.
        case tooLarge
        case invalidKey
        /// More writes are waiting than the store is willing to hold in memory.
        case busy
        case closed
        /// Another process, or another part of this one, has the store open.
        case inUse
        /// The store's layout is of a later version of the program.
        case newerVersion
        case io
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }

    public static func == (a: StorageError, b: StorageError) -> Bool { a.code == b.code }

    static let closed = StorageError(.closed, "the store is closed")

    static func conflict(_ key: String) -> StorageError {
        StorageError(.conflict(key: key), "the entry was changed by another write")
    }
}
