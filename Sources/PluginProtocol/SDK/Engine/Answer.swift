// What the client gets.

public import JSON
public import Wire

public struct Answer: Sendable {
    /// A JSON object, or empty for no data.
    public var data: [UInt8]
    /// Nil: what the operation answers by default.
    public var status: Int?
    public var warnings: [String]
    public var lease: LeaseGrant?
    public var auth: AuthGrant?
    public var raw: RawBody?
    public var headers: [TextPair]
    /// Advice without a lease: when to read again.
    public var leaseDurationSeconds: UInt64
    /// After how many seconds the engine wants to be woken at the latest; 0 = nothing said.
    public var wakeSeconds: UInt64

    public init(
        data: [UInt8] = [], status: Int? = nil, warnings: [String] = [],
        lease: LeaseGrant? = nil, auth: AuthGrant? = nil, raw: RawBody? = nil,
        headers: [TextPair] = [], leaseDurationSeconds: UInt64 = 0, wakeSeconds: UInt64 = 0
    ) {
        self.data = data
        self.status = status
        self.warnings = warnings
        self.lease = lease
        self.auth = auth
        self.raw = raw
        self.headers = headers
        self.leaseDurationSeconds = leaseDurationSeconds
        self.wakeSeconds = wakeSeconds
    }

    /// Nothing: 204 for a write, 404 for a read or a list.
    public static let none = Answer()

    /// `value` is an object.
    public static func data(
        _ value: JSONValue, status: Int? = nil, warnings: [String] = []
    ) -> Answer {
        Answer(data: value.encoded(), status: status, warnings: warnings)
    }

    /// `object` is the text of a JSON object, which goes to the client as it is.
    public static func json(
        _ object: [UInt8], status: Int? = nil, warnings: [String] = []
    ) -> Answer {
        Answer(data: object, status: status, warnings: warnings)
    }

    /// A body outside the JSON envelope.
    public static func raw(_ contentType: String, _ body: [UInt8], status: Int = 200) -> Answer {
        Answer(
            raw: RawBody(
                contentType: contentType, body: body, status: UInt32(exactly: status) ?? 500))
    }

    /// The same answer, and the engine wants its `wake` called after so many seconds, or earlier if
    /// another answer said so.
    public func waking(afterSeconds seconds: UInt64) -> Answer {
        var answer = self
        answer.wakeSeconds = max(seconds, 1)
        return answer
    }

    /// A login.
    public static func auth(_ grant: AuthGrant, warnings: [String] = []) -> Answer {
        Answer(warnings: warnings, auth: grant)
    }

    package init(_ response: EngineResponse) {
        self.init(
            data: response.data,
            status: response.httpStatus == 0 ? nil : Int(response.httpStatus),
            warnings: response.warnings, lease: response.lease, auth: response.auth,
            raw: response.raw, headers: response.headers,
            leaseDurationSeconds: response.leaseDurationSeconds,
            wakeSeconds: response.wakeSeconds)
    }

    var response: EngineResponse {
        EngineResponse(
            data: data, httpStatus: status.flatMap { UInt32(exactly: $0) } ?? 0,
            warnings: warnings, lease: lease, auth: auth, raw: raw, headers: headers,
            leaseDurationSeconds: leaseDurationSeconds, wakeSeconds: wakeSeconds)
    }
}
