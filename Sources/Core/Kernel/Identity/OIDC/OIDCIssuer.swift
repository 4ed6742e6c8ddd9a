// Who signs identity tokens, as their `iss` claim says it and as verifiers reach it.

/// A base URL: scheme, host and optional port. Empty is "the server's own address".
struct OIDCIssuer: Sendable, Equatable {
    let base: String

    static let unset = OIDCIssuer(known: "")
    /// Below a base, where the engine's endpoints are.
    private static let path = "/v1/identity/oidc"

    init(_ text: String) throws(BackendFailure) {
        guard text.isEmpty || Self.isBaseURL(text) else {
            throw BackendFailure(
                .invalidRequest,
                "invalid issuer, which must include only a scheme, host, and optional port "
                    + "(e.g. https://example.com:8200)")
        }
        base = text
    }

    private init(known base: String) { self.base = base }

    /// The issuer in full.
    func url(serverAddress: String) -> String {
        var base = base.isEmpty ? serverAddress : base
        while base.utf8.last == UInt8(ascii: "/") { base.removeLast() }
        return base + Self.path
    }

    private static func isBaseURL(_ text: String) -> Bool {
        guard text.utf8.count <= KernelLimits.identityTokenIssuerBytes,
            let scheme = ["https://", "http://"].first(where: { text.utf8.starts(with: $0.utf8) })
        else { return false }
        var authority = text.utf8.dropFirst(scheme.utf8.count)
        if authority.first == UInt8(ascii: "[") {
            guard let end = authority.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let address = authority[authority.index(after: authority.startIndex)..<end]
            guard !address.isEmpty, address.allSatisfy(isAddressByte) else { return false }
            authority = authority[authority.index(after: end)...]
        } else {
            let host = authority.prefix { isHostByte($0) }
            guard !host.isEmpty else { return false }
            authority = authority.dropFirst(host.count)
        }
        guard let colon = authority.first else { return true }
        guard colon == UInt8(ascii: ":"), let port = UInt16(Substring(authority.dropFirst())) else {
            return false
        }
        return port > 0 && authority.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
        default: false
        }
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
        case UInt8(ascii: ":"), UInt8(ascii: "."): true
        default: false
        }
    }
}
