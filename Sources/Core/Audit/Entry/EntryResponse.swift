// What an audit line says about an answer.

public import Clock
public import Cryptography

public struct EntryResponse: Sendable {
    public var mount: EntryMount?
    /// The token that was issued or renewed.
    public var auth: EntryAuth?
    public var leaseID = ""
    /// A JSON object; `nil` if the answer has no data.
    public var data: [UInt8]?
    /// Members of `data` that are written plain.
    public var plainKeys: [String] = []
    public var raw: EntryRawBody?
    public var warnings: [EntryText] = []
    public var wrap: EntryWrap?
    public var headers: [EntryHeader] = []

    public init() {}
}

/// A body that is not Vault's envelope.
public struct EntryRawBody: Sendable {
    public var status: Int
    public var contentType: String
    public var bytes: [UInt8]

    public init(status: Int, contentType: String, bytes: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.bytes = bytes
    }
}

/// The token that an answer was wrapped into.
public struct EntryWrap: Sendable {
    public var token: SecretBytes
    public var accessor: String
    public var wrappedAccessor: String
    public var ttlSeconds: Int64
    public var createdAt: Timestamp
    public var creationPath: String

    public init(
        token: SecretBytes, accessor: String, wrappedAccessor: String, ttlSeconds: Int64,
        createdAt: Timestamp, creationPath: String
    ) {
        self.token = token
        self.accessor = accessor
        self.wrappedAccessor = wrappedAccessor
        self.ttlSeconds = ttlSeconds
        self.createdAt = createdAt
        self.creationPath = creationPath
    }
}

/// A text for people: an error or a warning.
///
/// The core's own texts hold no secret and are plain. What an engine says is a stranger's word, and
/// may repeat what it was given; it is written as its digest.
public struct EntryText: Sendable, Equatable {
    public var text: String
    public var isPlain: Bool

    public init(_ text: String, isPlain: Bool) {
        self.text = text
        self.isPlain = isPlain
    }
}
