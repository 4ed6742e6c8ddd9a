// Lines as syslog takes them (RFC 3164): priority, time, host for another machine, tag, text.

internal import Clock
internal import Glibc

struct SyslogFraming: LineFraming {
    /// Severity "informational".
    private static let severity = 6
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private let head: String
    private let tail: String

    /// The local agent knows the host itself, and takes it for the tag if it is there.
    init(facility: SyslogFacility, tag: String, isLocal: Bool) {
        head = "<\(facility.number * 8 + Self.severity)>"
        tail = (isLocal ? "" : Self.hostName + " ") + "\(tag)[\(getpid())]: "
    }

    var isPlain: Bool { false }

    func message(_ line: UnsafeRawBufferPointer, isDatagram: Bool) -> [UInt8] {
        let time = Self.localTime(Timestamp.now.seconds)
        var bytes = Array((head + time + " " + tail).utf8)
        bytes.append(contentsOf: line)
        if !isDatagram { bytes.append(UInt8(ascii: "\n")) }
        return bytes
    }

    static func localTime(_ seconds: Int64) -> String {
        var now = time_t(seconds)
        var parts = tm()
        guard localtime_r(&now, &parts) != nil else { return "Jan  1 00:00:00" }
        func two(_ number: Int32, _ pad: Character) -> String {
            number < 10 ? "\(pad)\(number)" : "\(number)"
        }
        let month = Self.months[Int(min(max(parts.tm_mon, 0), 11))]
        return "\(month) \(two(parts.tm_mday, " ")) "
            + "\(two(parts.tm_hour, "0")):\(two(parts.tm_min, "0")):\(two(parts.tm_sec, "0"))"
    }

    private static var hostName: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        let name = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
        let first = name.prefix { $0 != "." }
        return first.isEmpty ? "localhost" : String(first)
    }
}

extension SyslogTarget {
    func sink() throws(AuditFailure) -> any LineSink {
        let place: SocketAddress
        if let address {
            place = address
        } else {
            place = try SocketAddress(path: "/dev/log", isDatagram: true)
        }
        let isLocal = if case .path = place.endpoint { true } else { false }
        return SocketSink(
            place, timeoutMilliseconds: AuditLimits.socketTimeoutMilliseconds,
            framing: SyslogFraming(facility: facility, tag: tag, isLocal: isLocal))
    }
}

extension DeviceTarget {
    /// What the device writes to; a file is opened at once.
    func sink(_ rules: FileRules) throws(AuditFailure) -> any LineSink {
        switch self {
        case .file(let target):
            switch target.place {
            case .file(let path): try FileSink(path, mode: target.mode, rules: rules)
            case .standardOutput: StandardOutputSink()
            case .discard: DiscardSink()
            }
        case .syslog(let target): try target.sink()
        case .socket(let target):
            SocketSink(
                target.address, timeoutMilliseconds: target.timeoutMilliseconds,
                framing: PlainFraming())
        }
    }

    /// How long a line may wait: never shorter than what the options allow one write.
    var deadlineMilliseconds: UInt64 {
        guard case .socket(let target) = self, let timeout = target.timeoutMilliseconds else {
            return AuditLimits.deviceDeadlineMilliseconds
        }
        return max(AuditLimits.deviceDeadlineMilliseconds, timeout + 1_000)
    }
}
