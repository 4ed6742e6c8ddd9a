// Where lines go, as the options say it.

internal import Glibc

/// `file_path` and `mode`.
public struct FileTarget: Sendable, Equatable {
    public enum Place: Sendable, Equatable {
        case file(String)
        case standardOutput
        case discard
    }

    public var place: Place
    /// `nil` leaves an existing file's permissions as they are.
    public var mode: UInt32? = 0o600

    init(_ reader: inout OptionReader) throws(AuditFailure) {
        // `path` is the old name.
        let old = reader.text("path")
        guard let path = reader.text("file_path") ?? old else {
            throw AuditFailure(.invalidOption, "file_path is required")
        }
        switch path {
        case "stdout", "/dev/stdout": place = .standardOutput
        case "discard": place = .discard
        default:
            guard !path.utf8.contains(0), path.utf8.count < Int(PATH_MAX) else {
                throw AuditFailure(.invalidOption, "file_path is not a path")
            }
            place = .file(path)
        }
        guard let text = reader.text("mode") else { return }
        guard let mode = UInt32(text, radix: 8), mode <= 0o777 else {
            throw AuditFailure(.invalidOption, "mode must be octal permissions such as \"0600\"")
        }
        guard mode & 0o111 == 0 else {
            throw AuditFailure(.invalidOption, "mode must not make the audit log executable")
        }
        self.mode = mode == 0 ? nil : mode
    }
}

/// `address`, `socket_type` and `write_timeout`.
public struct SocketTarget: Sendable, Equatable {
    public var address: SocketAddress
    /// The longest time one write may take; `nil` leaves it to the device's deadline.
    public var timeoutMilliseconds: UInt64? = AuditLimits.socketTimeoutMilliseconds

    init(_ reader: inout OptionReader) throws(AuditFailure) {
        guard let text = reader.text("address") else {
            throw AuditFailure(.invalidOption, "address is required")
        }
        address = try SocketAddress(text, type: reader.text("socket_type") ?? "tcp")
        if let text = reader.text("write_timeout") {
            timeoutMilliseconds = try Self.timeout(text)
        }
    }

    private static func timeout(_ text: String) throws(AuditFailure) -> UInt64? {
        let longest = AuditLimits.longestSocketTimeoutMilliseconds
        guard let milliseconds = DurationOption.milliseconds(text), milliseconds <= longest else {
            throw AuditFailure(
                .invalidOption, "write_timeout must be a duration of at most \(longest / 1000)s")
        }
        return milliseconds == 0 ? nil : milliseconds
    }
}

/// `facility` and `tag`; `address` and `socket_type` name another place than the local agent.
public struct SyslogTarget: Sendable, Equatable {
    public var facility: SyslogFacility = .auth
    public var tag = "coffer"
    /// `nil` is the local agent at `/dev/log`.
    public var address: SocketAddress?

    init(_ reader: inout OptionReader) throws(AuditFailure) {
        if let name = reader.text("facility") {
            guard let facility = SyslogFacility(name) else {
                throw AuditFailure(
                    .invalidOption, "invalid syslog facility: \(DeviceOptions.shown(name))")
            }
            self.facility = facility
        }
        if let tag = reader.text("tag") {
            guard tag.utf8.count <= AuditLimits.syslogTagBytes,
                tag.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x3A && $0 != 0x5B })
            else {
                throw AuditFailure(
                    .invalidOption, "tag must be a short word of visible ASCII characters")
            }
            self.tag = tag
        }
        let type = reader.text("socket_type")
        if let text = reader.text("address") {
            address = try SocketAddress(text, type: type ?? "unixgram")
        } else if type != nil {
            throw AuditFailure(.invalidOption, "socket_type needs an address")
        }
    }
}

public struct SyslogFacility: Sendable, Equatable {
    static let auth = SyslogFacility(number: 4)
    let number: Int

    private static let names = [
        "KERN", "USER", "MAIL", "DAEMON", "AUTH", "SYSLOG", "LPR", "NEWS", "UUCP", "CRON",
        "AUTHPRIV", "FTP",
    ]

    private init(number: Int) { self.number = number }

    init?(_ name: String) {
        let upper = name.uppercased()
        if let number = Self.names.firstIndex(of: upper) {
            self.number = number
        } else if upper.utf8.count == 6, upper.hasPrefix("LOCAL"),
            let local = upper.utf8.last.map({ Int($0) - 0x30 }), (0...7).contains(local)
        {
            number = 16 + local
        } else {
            return nil
        }
    }
}

/// A duration as options write it: `2s`, `500ms`, `1m`, or a number of seconds.
enum DurationOption {
    private static let units: [(suffix: String, milliseconds: UInt64)] = [
        ("ms", 1), ("s", 1_000), ("m", 60_000), ("", 1_000),
    ]

    static func milliseconds(_ text: String) -> UInt64? {
        for unit in units where text.hasSuffix(unit.suffix) {
            let digits = text.dropLast(unit.suffix.count)
            guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let count = UInt64(digits)
            else { return nil }
            let (product, isTooLarge) = count.multipliedReportingOverflow(by: unit.milliseconds)
            return isTooLarge ? nil : product
        }
        return nil
    }
}

/// Where a socket leads.
public struct SocketAddress: Sendable, Equatable {
    enum Family: Sendable { case any, v4, v6 }

    enum Endpoint: Sendable, Equatable {
        case network(host: String, port: String, Family)
        case path(String)
    }

    let endpoint: Endpoint
    /// Whether each line is a message of its own.
    let isDatagram: Bool

    init(_ text: String, type: String) throws(AuditFailure) {
        switch type {
        case "tcp": try self.init(network: text, .any, isDatagram: false)
        case "tcp4": try self.init(network: text, .v4, isDatagram: false)
        case "tcp6": try self.init(network: text, .v6, isDatagram: false)
        case "udp": try self.init(network: text, .any, isDatagram: true)
        case "udp4": try self.init(network: text, .v4, isDatagram: true)
        case "udp6": try self.init(network: text, .v6, isDatagram: true)
        case "unix": try self.init(path: text, isDatagram: false)
        case "unixgram": try self.init(path: text, isDatagram: true)
        default:
            throw AuditFailure(
                .invalidOption, "unknown socket_type \"\(DeviceOptions.shown(type))\"")
        }
    }

    init(path: String, isDatagram: Bool) throws(AuditFailure) {
        let longest = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1
        guard path.utf8.count <= longest, !path.utf8.contains(0), path.utf8.first == 0x2F else {
            throw AuditFailure(
                .invalidOption,
                "a Unix socket's address must be an absolute path of at most \(longest) bytes")
        }
        endpoint = .path(path)
        self.isDatagram = isDatagram
    }

    private init(
        network text: String, _ family: Family, isDatagram: Bool
    ) throws(AuditFailure) {
        guard let colon = text.utf8.lastIndex(of: 0x3A) else {
            throw AuditFailure(.invalidOption, "address must be host:port")
        }
        var host = String(text[..<colon])
        let port = String(text[text.utf8.index(after: colon)...])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty, host.utf8.count < 256, !host.utf8.contains(0),
            let number = UInt16(port), number > 0
        else { throw AuditFailure(.invalidOption, "address must be host:port") }
        endpoint = .network(host: host, port: port, family)
        self.isDatagram = isDatagram
    }
}
