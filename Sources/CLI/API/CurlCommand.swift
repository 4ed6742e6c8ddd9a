// What -output-curl-string prints. The token is left out: the line reads it when it is run.

struct CurlCommand: Error {
    let text: String

    init(call: HTTPCall, settings: ClientSettings) {
        var words = ["curl"]
        if call.method != "GET" { words += ["-X", call.method] }
        if settings.tls.skipVerify { words.append("--insecure") }
        func option(_ name: String, _ value: String?) {
            if let value { words += [name, Self.quoted(value)] }
        }
        option("--cacert", settings.tls.caCertificate)
        option("--capath", settings.tls.caPath)
        option("--cert", settings.tls.clientCertificate)
        option("--key", settings.tls.clientKey)
        if case .unixSocket(let path) = settings.address.place { option("--unix-socket", path) }
        for header in call.headers {
            switch header.name {
            case "Host", "Connection", "User-Agent", "Content-Length": continue
            case "X-Vault-Token":
                words += ["-H", "\"X-Vault-Token: $(coffer print token)\""]
            default: option("-H", "\(header.name): \(header.value)")
            }
        }
        if !call.body.isEmpty { option("-d", String(decoding: call.body, as: UTF8.self)) }
        let address = settings.address
        words.append(Self.quoted("\(address.scheme)://\(address.authority)\(call.target)"))
        text = words.joined(separator: " ")
    }

    /// In single quotes, as a POSIX shell reads them.
    static func quoted(_ text: String) -> String {
        let parts = text.split(separator: "'", omittingEmptySubsequences: false)
        return "'" + parts.joined(separator: "'\\''") + "'"
    }
}
