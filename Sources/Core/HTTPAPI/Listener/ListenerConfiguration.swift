// What a listener is told: where, how much, and with which certificate.

public import Kernel

/// One listener of the server.
public struct ListenerConfiguration: Sendable {
    public var address: ListenerAddress
    public var limits = HTTPLimits()
    public var tls: TLSSettings?
    /// How long an engine may take for a request; `nil` leaves it to the core.
    public var maxRequestSeconds: UInt64?
    /// Refuse requests without `X-Vault-Request: true`: a browser or a redirected request cannot
    /// add it.
    public var requiresRequestHeader = false
    /// What is served here without a token, beyond what every listener does.
    public var permissions: ListenerPermissions = []
    /// Added to answers.
    public var customHeaders = CustomHeaders.none

    public init(address: ListenerAddress) {
        self.address = address
    }
}

/// Where a listener listens.
public enum ListenerAddress: Sendable, Equatable {
    /// An IPv6 host is without brackets; port 0 lets the system choose.
    case tcp(host: String, port: Int)
    case unix(path: String, permissions: UnixSocketPermissions = UnixSocketPermissions())

    /// Reads `host:port` or `[host]:port`; an empty host is every address.
    public init?(parsing text: String) {
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")),
            let port = UInt16(text[text.utf8.index(after: colon)...])
        else { return nil }
        var host = text[..<colon]
        if host.utf8.first == UInt8(ascii: "["), host.utf8.last == UInt8(ascii: "]") {
            host = host.dropFirst().dropLast()
        } else if host.utf8.contains(UInt8(ascii: ":")) {
            return nil
        }
        self = .tcp(host: host.isEmpty ? "0.0.0.0" : String(host), port: Int(port))
    }
}

extension ListenerAddress: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tcp(let host, let port):
            host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path, _): path
        }
    }
}

/// Who may connect to a Unix socket; `nil` leaves the owner or group as it comes.
public struct UnixSocketPermissions: Sendable, Equatable {
    public var mode: UInt32
    public var userID: UInt32?
    public var groupID: UInt32?

    public init(mode: UInt32 = 0o600, userID: UInt32? = nil, groupID: UInt32? = nil) {
        self.mode = mode
        self.userID = userID
        self.groupID = groupID
    }
}

/// TLS of a listener; files by their names, so that they can be read again.
public struct TLSSettings: Sendable, Equatable {
    public enum Version: String, Sendable, CaseIterable {
        case tls12
        case tls13
    }

    public enum ClientCertificates: Sendable, Equatable {
        case notAsked
        /// A client may show one; if it does, it must come from this authority.
        case optional(authorityFile: String)
        case required(authorityFile: String)
    }

    /// Where the certificate comes from, as long as no other is installed.
    public enum Source: Sendable, Equatable {
        /// Both PEM; the first has the server's certificate, then those between it and the root.
        case files(certificate: String, privateKey: String)
        case given(ServerIdentity)
    }

    public var source: Source
    public var minimumVersion = Version.tls12
    public var maximumVersion = Version.tls13
    public var clientCertificates = ClientCertificates.notAsked

    public init(certificateFile: String, privateKeyFile: String) {
        source = .files(certificate: certificateFile, privateKey: privateKeyFile)
    }

    public init(_ identity: ServerIdentity) { source = .given(identity) }
}
