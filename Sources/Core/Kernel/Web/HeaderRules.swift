// Which of a client's headers an engine sees, and which of an engine's headers a client sees.

/// Two allow-lists of a mount, ready for requests.
struct HeaderRules: Sendable {
    private let toEngine: Set<String>
    private let toClient: Set<String>

    /// An engine may set these on any mount. None of them can carry a cookie or change what the
    /// body is.
    private static let always: Set<String> = [
        "cache-control", "etag", "last-modified", "link", "location", "replay-nonce",
        "retry-after", "www-authenticate",
    ]

    init(_ settings: MountSettings) {
        toEngine = Set(
            settings.passthroughRequestHeaders.map { $0.lowercased() }.filter {
                !Self.isCredential($0)
            })
        toClient = Self.always.union(
            settings.allowedResponseHeaders.map { $0.lowercased() }.filter {
                !Self.isTheServersOwn($0)
            })
    }

    /// What proves to this server who asks is not an engine's, whatever the mount says.
    private static func isCredential(_ name: String) -> Bool {
        switch name {
        case "authorization", "proxy-authorization", "cookie": true
        default: name.hasPrefix("x-vault-")
        }
    }

    /// An engine that could set these would speak for the server: to browsers about other origins
    /// and cookies, to clients about itself.
    private static func isTheServersOwn(_ name: String) -> Bool {
        switch name {
        case "set-cookie", "strict-transport-security", "vary": true
        default: name.hasPrefix("x-vault-") || name.hasPrefix("access-control-")
        }
    }

    /// - Parameter headers: names in lower case.
    func forEngine(
        _ headers: [(name: String, value: String)]
    ) -> [(name: String, value: String)] {
        toEngine.isEmpty ? [] : headers.filter { toEngine.contains($0.name) }
    }

    func forClient(
        _ headers: [(name: String, value: String)]
    ) -> [(name: String, value: String)] {
        headers.isEmpty ? headers : headers.filter { toClient.contains($0.name.lowercased()) }
    }
}
