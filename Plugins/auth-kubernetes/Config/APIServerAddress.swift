// Where the API server is, as people write it: a host, a host with a port, or a URL.

import PluginSDK

struct APIServerAddress: Sendable, Equatable {
    /// Without a slash at its end.
    let url: String

    var isEncrypted: Bool { url.hasPrefix("https:") }

    init(_ text: String) throws(PluginError) {
        func refuse(_ why: String) -> PluginError {
            PluginError(.invalidRequest, "kubernetes_host \(why)")
        }
        guard text.utf8.count <= Limits.hostBytes else { throw refuse("is too long") }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw refuse("has characters that no address has")
        }
        var rest = text[...]
        var scheme = "https"
        if let mark = Self.firstRange(of: "://", in: text) {
            scheme = text[..<mark.lowerBound].lowercased()
            rest = text[mark.upperBound...]
        }
        guard scheme == "https" || scheme == "http" else { throw refuse("must be https") }
        while rest.last == "/" { rest.removeLast() }
        let host = rest.prefix { $0 != "/" }
        guard !host.isEmpty, host.first != ":" else { throw refuse("has no host in it") }
        guard !rest.contains(where: { "@?#\\\"<>{}|^`".contains($0) }) else {
            throw refuse("must be a host, a host and its port, or a URL without anything else")
        }
        url = scheme + "://" + rest
    }

    private static func firstRange(of mark: String, in text: String) -> Range<String.Index>? {
        var index = text.startIndex
        while index < text.endIndex {
            if text[index...].hasPrefix(mark) {
                return index..<text.index(index, offsetBy: mark.count)
            }
            index = text.index(after: index)
        }
        return nil
    }
}
