// What is kept of a policy beside its rules: its text, when it ends, and which writes it demands.

internal import Clock
internal import JSON

struct PolicyRecord: Sendable, Equatable {
    /// The author's text.
    var text: String
    /// Counts the writes, for check-and-set; 0 for a policy that nobody has written.
    var version = 0
    var modified: Timestamp?
    var expiration: Timestamp?
    var requiresCheckAndSet = false

    /// The second from which on the policy grants nothing.
    var endsAt: Int64 { expiration?.seconds ?? .max }
}

extension PolicyRecord {
    /// Before records there were plain texts. No text begins with this byte: HCL and JSON know no
    /// control character there.
    private static let marker: UInt8 = 0x01

    func encoded() -> [UInt8] {
        var object = JSONObject([("text", .string(text)), ("version", .int(version))])
        object["modified"] = modified.map { .string($0.rfc3339) }
        object["expiration"] = expiration.map { .string($0.rfc3339) }
        if requiresCheckAndSet { object["cas_required"] = true }
        return [Self.marker] + JSONValue.object(object).encoded()
    }

    init(decoding bytes: [UInt8]) throws(PolicyError) {
        guard bytes.first == Self.marker else {
            self.init(text: String(decoding: bytes, as: UTF8.self))
            return
        }
        guard let object = try? JSONValue(parsing: Array(bytes.dropFirst())),
            let text = object["text"]?.stringValue, let version = object["version"]?.intValue
        else { throw PolicyError(.malformed, "the entry is not a policy's") }
        var expiration: Timestamp?
        if let end = object["expiration"]?.stringValue {
            // An end that cannot be read must not become "for ever".
            guard let time = Timestamp(rfc3339: end) else {
                throw PolicyError(.malformed, "the entry is not a policy's")
            }
            expiration = time
        }
        self.init(
            text: text, version: version,
            modified: object["modified"]?.stringValue.flatMap { Timestamp(rfc3339: $0) },
            expiration: expiration,
            requiresCheckAndSet: object["cas_required"]?.boolValue ?? false)
    }
}
