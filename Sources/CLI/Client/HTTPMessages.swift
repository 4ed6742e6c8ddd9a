// One request and one answer, without NIO's types.

struct HTTPCall: Sendable, Equatable {
    var method: String
    /// Path and query as they go on the wire.
    var target: String
    var headers: [Header]
    var body: [UInt8]

    struct Header: Sendable, Equatable {
        let name: String
        let value: String
    }
}

struct HTTPAnswer: Sendable, Equatable {
    var status: Int
    var location: String?
    var body: [UInt8]
}
