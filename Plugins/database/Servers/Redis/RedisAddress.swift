// Where a Redis or Valkey server is, as one text: `rediss://{{username}}:{{password}}@host:6379`.
// With two s it is reached over TLS.

import PluginSDK

struct RedisAddress: Sendable {
    var host = ""
    var port = 6_379
    /// May have placeholders in them.
    var username = ""
    var password = ""
    var usesTLS = false

    /// Throws a text that quotes nothing: the string may hold a password.
    init(_ text: String) throws(PluginError) {
        let wrong = PluginError(
            .invalidRequest,
            "connection_url must be as in rediss://{{username}}:{{password}}@host:6379")
        guard !text.utf8.contains(0), let end = text.firstRange(of: "://") else { throw wrong }
        switch text[..<end.lowerBound] {
        case "redis": usesTLS = false
        case "rediss": usesTLS = true
        default: throw wrong
        }
        var rest = text[end.upperBound...]
        if let at = rest.lastIndex(of: "@") {
            let parts = rest[..<at].split(
                separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            username = String(parts.first ?? "")
            password = parts.count > 1 ? String(parts[1]) : ""
            rest = rest[rest.index(after: at)...]
        }
        // Users belong to the server and not to one of its databases.
        if rest.hasSuffix("/0") { rest = rest.dropLast(2) }
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        if let colon = rest.lastIndex(of: ":"), !rest.hasSuffix("]") {
            guard let number = Int(rest[rest.index(after: colon)...]) else { throw wrong }
            port = number
            rest = rest[..<colon]
        }
        if rest.hasPrefix("["), rest.hasSuffix("]") { rest = rest.dropFirst().dropLast() }
        let forbidden: Set<Character> = ["/", "?", "#", "[", "]", " "]
        guard !rest.isEmpty, !rest.contains(where: forbidden.contains) else { throw wrong }
        host = String(rest)
    }
}
