// Where and how the server listens.

public enum ListenerConfiguration: Sendable, Equatable {
    case tcp(TCPListenerConfiguration)
    case unix(UnixListenerConfiguration)

    public var openings: ListenerOpenings {
        switch self {
        case .tcp(let listener): listener.openings
        case .unix(let listener): listener.openings
        }
    }

    public var responseHeaders: ResponseHeaders {
        switch self {
        case .tcp(let listener): listener.responseHeaders
        case .unix(let listener): listener.responseHeaders
        }
    }

    /// Nil for what serves without.
    public var tls: TLSConfiguration? {
        if case .tcp(let listener) = self { listener.tls } else { nil }
    }

    public var limits: ListenerLimits {
        switch self {
        case .tcp(let listener): listener.limits
        case .unix(let listener): listener.limits
        }
    }
}

public struct TCPListenerConfiguration: Sendable, Equatable {
    public var address = ListenAddress(host: "127.0.0.1", port: 8200)
    public var clusterAddress: ListenAddress?
    /// Nil only where `tls_disable` says so.
    public var tls: TLSConfiguration?
    public var limits = ListenerLimits()
    public var openings = ListenerOpenings()
    public var responseHeaders = ResponseHeaders()
    /// Whether `sys/metrics` answers on this listener without a token.
    public var allowsUnauthenticatedMetrics = false
    /// Whether `sys/in-flight-req` does.
    public var allowsUnauthenticatedInFlightRequests = false

    public init() {}
}

public struct UnixListenerConfiguration: Sendable, Equatable {
    public var path: String
    public var mode: UInt32?
    /// Names or numbers.
    public var user: String?
    public var group: String?
    public var limits = ListenerLimits()
    public var openings = ListenerOpenings()
    public var responseHeaders = ResponseHeaders()

    public init(path: String) { self.path = path }
}

/// What strangers may do on a listener: nothing, unless the configuration switches it on.
public struct ListenerOpenings: Sendable, Equatable {
    /// Rekey without a token, as `disable_unauthed_rekey_endpoints = false` says.
    public var allowsUnauthenticatedRekey = false
    /// A root token from shares alone, as `disable_unauthed_generate_root_endpoints = false` says.
    public var allowsUnauthenticatedRootGeneration = false

    public init() {}
}

/// `custom_response_headers`: for each of `default`, `2xx`, `404` and the like, headers and values.
public struct ResponseHeaders: Sendable, Equatable {
    public struct Header: Sendable, Equatable {
        public var name: String
        public var value: String
    }

    public var byStatus: [String: [Header]] = [:]

    public init() {}
}

public struct ListenerLimits: Sendable, Equatable {
    public var maxRequestBytes = ConfigurationLimits.maxRequestBytes
    /// Nil leaves it to `defaultMaxRequestDuration`.
    public var maxRequestDuration: Duration?
    public var readHeaderTimeout: Duration = .seconds(10)
    public var readTimeout: Duration = .seconds(30)
    /// Zero is without end.
    public var writeTimeout: Duration = .zero
    public var idleTimeout: Duration = .seconds(300)

    public init() {}
}

public struct TLSConfiguration: Sendable, Equatable {
    public enum Version: String, Sendable, Hashable, Comparable {
        case tls12, tls13

        public static func < (one: Version, other: Version) -> Bool {
            one == .tls12 && other == .tls13
        }
    }

    public enum ClientCertificates: Sendable, Hashable {
        case ignored
        /// Asked for, so that certificate logins work; a client without one is served too.
        case requested
        case required
    }

    public struct Files: Sendable, Equatable {
        public var certificate: String
        public var key: String
    }

    /// At least one of these is there. With both, the files are for the time until a certificate
    /// was issued.
    public var files: Files?
    public var issue: TLSIssueConfiguration?
    public var minVersion: Version = .tls12
    public var maxVersion: Version = .tls13
    /// Nil stands for the system's authorities.
    public var clientCAFile: String?
    public var clientCertificates: ClientCertificates = .requested

    public init(certificateFile: String, keyFile: String) {
        files = Files(certificate: certificateFile, key: keyFile)
    }

    init(files: Files?, issue: TLSIssueConfiguration?) {
        self.files = files
        self.issue = issue
    }
}

/// A host and a port: "127.0.0.1:8200", "[::1]:8200", ":8200" (every address).
public struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    public var host: String
    public var port: UInt16

    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let portText = text[text.index(after: colon)...]
        guard !portText.isEmpty, portText.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
            let port = UInt16(portText)
        else { return nil }
        var host = text[..<colon]
        if host.first == "[" {
            guard host.last == "]", host.count > 2 else { return nil }
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x2F && $0 != 0x7B }) else {
            return nil
        }
        self.init(host: host.isEmpty ? "0.0.0.0" : String(host), port: port)
    }

    public var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
