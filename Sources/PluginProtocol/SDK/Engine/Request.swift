// What a handler is given.

public import Clock
public import JSON
public import Paths
public import Wire

/// One reference, whatever it holds: handlers' closures keep it.
public struct Request: Sendable {
    private final class Content: Sendable {
        let request: EngineRequest
        let operation: Operation
        let path: String
        let captures: Captures
        let fields: [Field]
        let now: Timestamp
        let declared: DeclaredNames?

        init(
            _ request: consuming EngineRequest, _ operation: Operation, _ path: String,
            _ captures: Captures,
            _ fields: [Field], _ now: Timestamp, _ declared: DeclaredNames?
        ) {
            self.request = request
            self.operation = operation
            self.path = path
            self.captures = captures
            self.fields = fields
            self.now = now
            self.declared = declared
        }
    }

    private let content: Content

    init(
        _ request: consuming EngineRequest, operation: Operation, path: String, captures: Captures,
        fields: [Field], now: Timestamp, declared: DeclaredNames? = nil
    ) {
        content = Content(request, operation, path, captures, fields, now, declared)
    }

    /// What the client is told of members that the path does not declare.
    var unrecognizedWarning: String? {
        guard let declared = content.declared, !data.isEmpty else { return nil }
        return UnrecognizedParameters.warning(declared.unknown(in: data))
    }

    public var operation: Operation { content.operation }
    /// Relative to the mount.
    public var path: String { content.path }
    /// What the path's pattern captured. It is there without looking at the client's data.
    public var captures: Captures { content.captures }
    /// The JSON object that the client sent, byte for byte; empty for none.
    public var data: [UInt8] { content.request.data }
    /// The UUID of the client's request, sixteen bytes.
    public var requestIDBytes: [UInt8] { content.request.requestID }
    public var entityID: String { content.request.entityID }
    public var displayName: String { content.request.displayName }
    public var remoteAddress: String { content.request.remoteAddress }
    public var headers: [TextPair] { content.request.headers }
    /// Renew, revoke and rollback: the JSON that the grant or the intent keeps.
    public var internalData: [UInt8] { content.request.internalData }
    /// When the request came in.
    public var now: Timestamp { content.now }

    /// The captures and `data` as the path's fields declare them; what does not fit makes an
    /// invalid request. Nothing is parsed before this is called, and all of it each time: keep what
    /// you get.
    public func fields() throws(PluginError) -> FieldValues {
        let body = try body()
        do throws(FieldError) {
            return try FieldValues(fields: content.fields, captures: captures, data: body)
        } catch {
            throw PluginError(reporting: error)
        }
    }

    /// `data` as a tree, parsed anew each time; nil for none.
    public func body() throws(PluginError) -> JSONValue? {
        if data.isEmpty { return nil }
        do throws(JSONError) { return try JSONValue(parsing: data) } catch {
            throw PluginError(reporting: error)
        }
    }

    /// The UUID as text.
    public var requestID: String {
        guard requestIDBytes.count == 16 else { return "" }
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for (index, byte) in requestIDBytes.enumerated() {
            if index == 4 || index == 6 || index == 8 || index == 10 { text.append(0x2D) }
            text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The first header of that name; ASCII case does not matter.
    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased().utf8.elementsEqual(name.lowercased().utf8) }?.value
    }
}
