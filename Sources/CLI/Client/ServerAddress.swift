// Where the server is: `http://host:port`, `https://host:port` with a path in front of the API if a
// proxy wants one, or `unix:///path/to/socket`.

struct ServerAddress: Sendable, Equatable {
    enum Place: Sendable, Equatable {
        case host(String, port: Int)
        case unixSocket(String)
    }

    let place: Place
    let isTLS: Bool
    /// What stands before `/v1/`: empty, or `/prefix`.
    let pathPrefix: String

    init(_ text: String) throws(UsageError) {
        let text = text.trimmed
        guard let scheme = text.range(of: "://") else {
            throw UsageError("invalid address: it has to begin with http://, https:// or unix://")
        }
        let rest = String(text[scheme.upperBound...])
        switch text[..<scheme.lowerBound] {
        case "unix":
            guard rest.hasPrefix("/"), rest.utf8.count <= 107 else {
                throw UsageError(
                    "invalid address: unix:// needs an absolute path of at most 107 bytes")
            }
            (place, isTLS, pathPrefix) = (.unixSocket(rest), false, "")
        case "http":
            (place, pathPrefix) = try Self.parse(rest, defaultPort: 80)
            isTLS = false
        case "https":
            (place, pathPrefix) = try Self.parse(rest, defaultPort: 443)
            isTLS = true
        default:
            throw UsageError("invalid address: it has to begin with http://, https:// or unix://")
        }
    }

    /// `host:port`, with brackets around an IPv6 address.
    var authority: String {
        switch place {
        case .unixSocket: return "localhost"
        case .host(let host, let port):
            let name = host.contains(":") ? "[\(host)]" : host
            return port == (isTLS ? 443 : 80) ? name : "\(name):\(port)"
        }
    }

    var scheme: String { isTLS ? "https" : "http" }

    private static func parse(
        _ text: String, defaultPort: Int
    ) throws(UsageError) -> (Place, String) {
        let authority = text.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let path = text[authority.endIndex...]
        guard !path.contains(where: { $0 == "?" || $0 == "#" }), !authority.contains("@") else {
            throw UsageError("invalid address: it has a user, query or fragment")
        }
        let host: Substring
        var portText: Substring?
        if authority.first == "[", let end = authority.firstIndex(of: "]") {
            host = authority[authority.index(after: authority.startIndex)..<end]
            let tail = authority[authority.index(after: end)...]
            guard tail.isEmpty || tail.first == ":" else {
                throw UsageError("invalid address: unexpected text after ]")
            }
            portText = tail.isEmpty ? nil : tail.dropFirst()
        } else if let colon = authority.firstIndex(of: ":") {
            host = authority[..<colon]
            portText = authority[authority.index(after: colon)...]
        } else {
            host = authority
        }
        var port = defaultPort
        if let portText {
            guard let number = UInt16(portText), number > 0 else {
                throw UsageError("invalid address: the port is not a number from 1 to 65535")
            }
            port = Int(number)
        }
        guard !host.isEmpty, !host.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F }) else {
            throw UsageError("invalid address: it has no valid host")
        }
        let prefix = APIPath.sanitized(String(path))
        return (.host(String(host), port: port), prefix.isEmpty ? "" : "/" + prefix)
    }
}

extension String {
    fileprivate func range(of pattern: String) -> Range<String.Index>? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(pattern) {
                return index..<self.index(index, offsetBy: pattern.count)
            }
            index = self.index(after: index)
        }
        return nil
    }
}
