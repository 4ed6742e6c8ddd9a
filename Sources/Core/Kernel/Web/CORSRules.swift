// Which web pages may use the API from a browser, and with which headers (`sys/config/cors`).

internal import JSON

/// What a listener is told about the origin that a request names.
public enum CrossOriginVerdict: Sendable {
    /// Nobody has turned CORS on: the origin means nothing.
    case off
    /// The headers that the origin's pages may send, as one header's value.
    case allowed(headers: String)
    case refused
}

struct CORSRules: Sendable {
    private static let format = 1
    /// What every client of the API may have to send.
    private static let usualHeaders = [
        "Content-Type", "X-Requested-With", "X-Vault-AWS-IAM-Server-ID",
        "X-Vault-No-Request-Forwarding", "X-Vault-Token", "Authorization", "X-Vault-Wrap-Format",
        "X-Vault-Wrap-TTL",
    ]

    let origins: [String]
    /// With the usual ones, which come first.
    let headers: [String]
    private let headerLine: String
    private let allowsAll: Bool
    private let known: Set<String>

    private init(trusting origins: [String], _ added: [String]) {
        self.origins = origins
        var seen = Set(Self.usualHeaders.map { $0.lowercased() })
        // Whoever writes back what was read does not get the usual ones twice.
        headers = Self.usualHeaders + added.filter { seen.insert($0.lowercased()).inserted }
        headerLine = headers.joined(separator: ", ")
        allowsAll = origins == ["*"]
        known = Set(origins)
    }

    init(origins: [String], headers: [String]) throws(BackendFailure) {
        guard !origins.isEmpty else {
            throw Self.invalid("at least one origin or the wildcard must be provided")
        }
        if origins.count > 1, origins.contains("*") {
            throw Self.invalid(
                "to allow all origins the '*' must be the only value for allowed_origins")
        }
        guard origins.count <= KernelLimits.corsOrigins, headers.count <= KernelLimits.corsHeaders
        else { throw Self.invalid("there are too many origins or headers") }
        guard origins.allSatisfy(Self.isOrigin) else {
            throw Self.invalid("an origin is printable ASCII such as \"https://example.com\"")
        }
        guard headers.allSatisfy(HeaderName.isValid) else {
            throw Self.invalid("allowed_headers has something that is no header's name")
        }
        self.init(trusting: origins, headers)
    }

    private static func invalid(_ message: String) -> BackendFailure {
        BackendFailure(.invalidRequest, message)
    }

    private static func isOrigin(_ text: String) -> Bool {
        (1...KernelLimits.corsOriginBytes).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ",") }
    }

    /// Byte by byte, as browsers write them: no part of an origin is guessed.
    func check(_ origin: String) -> CrossOriginVerdict {
        allowsAll || known.contains(origin) ? .allowed(headers: headerLine) : .refused
    }
}

extension CORSRules {
    func encoded() -> [UInt8] {
        JSONValue.object([
            "v": .number(JSONNumber(Self.format)), "allowed_origins": .strings(origins),
            "allowed_headers": .strings(headers),
        ]).encoded()
    }

    init?(decoding bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), value["v"]?.intValue == Self.format,
            let origins = value["allowed_origins"]?.arrayValue?.compactMap(\.stringValue),
            let headers = value["allowed_headers"]?.arrayValue?.compactMap(\.stringValue)
        else { return nil }
        self.init(trusting: origins, headers)
    }
}
