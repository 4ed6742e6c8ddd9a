// What a wrapping token says of itself to whoever asked for it.

internal import Clock
internal import Cryptography
internal import JSON

/// The envelope's `wrap_info`.
struct WrapInfo: Sendable {
    let token: SecretBytes
    let entry: TokenEntry
    let wrappedAccessor: String

    var presentation: JSONValue {
        var info = JSONObject([
            ("token", .string(token.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })),
            ("accessor", .string(entry.accessor)),
            ("ttl", .number(JSONNumber(Int(entry.creationTTLSeconds)))),
            ("creation_time", .string(Timestamp(seconds: entry.createdAt).rfc3339)),
            ("creation_path", .string(entry.path)),
        ])
        if !wrappedAccessor.isEmpty { info["wrapped_accessor"] = .string(wrappedAccessor) }
        return .object(info)
    }
}
