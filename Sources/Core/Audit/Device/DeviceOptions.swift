// The options of a device, from texts to what they mean. What is not understood is refused: a
// misspelt option would change what is written without anybody seeing it.

public struct DeviceOptions: Sendable, Equatable {
    public var format = LineFormat()
    public var target: DeviceTarget
    /// No line is written to try the device when it is enabled.
    public var skipsTest = false

    /// Checks everything that can be checked without touching the device.
    public init(type: String, options: [String: String]) throws(AuditFailure) {
        var reader = OptionReader(options)
        let format = try LineFormat(&reader)
        let skipsTest = try reader.bool("skip_test") ?? false
        switch type {
        case "file": target = .file(try FileTarget(&reader))
        case "syslog": target = .syslog(try SyslogTarget(&reader))
        case "socket": target = .socket(try SocketTarget(&reader))
        default:
            throw AuditFailure(.unknownType, "unknown backend type: \"\(Self.shown(type))\"")
        }
        try reader.finish()
        self.format = format
        self.skipsTest = skipsTest
    }

    /// A stranger's word in a message: bounded, and of visible characters.
    static func shown(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(64).map { scalar in
                    scalar.value > 0x1F && scalar.value < 0x7F && scalar != "\"" ? scalar : "?"
                }))
    }
}

public enum DeviceTarget: Sendable, Equatable {
    case file(FileTarget)
    case syslog(SyslogTarget)
    case socket(SocketTarget)
}

extension LineFormat {
    init(_ reader: inout OptionReader) throws(AuditFailure) {
        self.init()
        if let name = reader.text("format") {
            guard let syntax = Syntax(rawValue: name) else {
                throw AuditFailure(
                    .invalidOption,
                    "unknown format type \"\(DeviceOptions.shown(name))\"")
            }
            self.syntax = syntax
        }
        isRaw = try reader.bool("log_raw") ?? false
        hashesAccessors = try reader.bool("hmac_accessor") ?? true
        elidesLists = try reader.bool("elide_list_responses") ?? false
        prefix = reader.text("prefix") ?? ""
        // A line break would let a prefix forge lines.
        guard prefix.utf8.count <= AuditLimits.prefixBytes,
            prefix.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else {
            throw AuditFailure(
                .invalidOption,
                "prefix must be at most \(AuditLimits.prefixBytes) bytes of visible characters")
        }
    }
}

/// Hands out options by name and knows at the end which nobody asked for.
struct OptionReader {
    private var options: [String: String]

    init(_ options: [String: String]) { self.options = options }

    /// The option's text; an empty one counts as absent.
    mutating func text(_ name: String) -> String? {
        guard let text = options.removeValue(forKey: name), !text.isEmpty else { return nil }
        return text
    }

    mutating func bool(_ name: String) throws(AuditFailure) -> Bool? {
        guard let text = text(name) else { return nil }
        switch text {
        case "1", "t", "T", "TRUE", "true", "True": return true
        case "0", "f", "F", "FALSE", "false", "False": return false
        default: throw AuditFailure(.invalidOption, "option \"\(name)\" must be true or false")
        }
    }

    func finish() throws(AuditFailure) {
        guard let name = options.keys.min() else { return }
        throw AuditFailure(
            .invalidOption, "unknown option \"\(DeviceOptions.shown(name))\"")
    }
}
