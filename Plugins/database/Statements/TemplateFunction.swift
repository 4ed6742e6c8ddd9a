// The functions of username templates.

import Cryptography
import PluginSDK

enum TemplateFunction: String, Sendable, CaseIterable {
    case base64, lowercase, printf, random, replace, sha256, timestamp, truncate, uppercase, uuid
    case truncateSHA256 = "truncate_sha256"
    case unixTime = "unix_time"
    case unixTimeMillis = "unix_time_millis"

    /// How much of a name `truncate_sha256` keeps room for.
    private static let digestCharacters = 8

    func apply(_ arguments: [TemplateValue], now: Timestamp) throws(TemplateError) -> TemplateValue
    {
        func argument(_ index: Int, of count: Int) throws(TemplateError) -> TemplateValue {
            guard arguments.count == count else {
                throw TemplateError("\(rawValue) takes \(count) values, not \(arguments.count)")
            }
            return arguments[index]
        }
        switch self {
        case .random:
            return .text(Base62.random(try length(try argument(0, of: 1), least: 1)))
        case .truncate:
            let count = try length(try argument(0, of: 2), least: 1)
            return .text(Self.prefix(try argument(1, of: 2).text, count))
        case .truncateSHA256:
            let count = try length(
                try argument(0, of: 2), least: Self.digestCharacters + 1)
            let text = try argument(1, of: 2).text
            if text.utf8.count <= count { return .text(text) }
            let kept = Self.prefix(text, count - Self.digestCharacters)
            // Of the part that is cut off, so that names which begin alike stay different.
            let cut = Array(text.utf8.dropFirst(kept.utf8.count))
            return .text(kept + Hex.encode(SHA256.hash(cut)).prefix(Self.digestCharacters))
        case .lowercase: return .text(try argument(0, of: 1).text.lowercased())
        case .uppercase: return .text(try argument(0, of: 1).text.uppercased())
        case .replace:
            let (old, new) = (try argument(0, of: 3).text, try argument(1, of: 3).text)
            return .text(Self.replacing(try argument(2, of: 3).text, old, new))
        case .sha256:
            return .text(Hex.encode(SHA256.hash(Array(try argument(0, of: 1).text.utf8))))
        case .base64: return .text(Base64.encode(Array(try argument(0, of: 1).text.utf8)))
        case .unixTime:
            guard arguments.isEmpty else { throw TemplateError("unix_time takes no value") }
            return .text(String(now.seconds))
        case .unixTimeMillis:
            guard arguments.isEmpty else { throw TemplateError("unix_time_millis takes no value") }
            return .text(String(now.nanoseconds / 1_000_000))
        case .uuid:
            guard arguments.isEmpty else { throw TemplateError("uuid takes no value") }
            return .text(UUID128().text)
        case .timestamp: return .text(Self.time(now, by: try argument(0, of: 1).text))
        case .printf: return .text(try Self.printed(arguments))
        }
    }

    private func length(_ value: TemplateValue, least: Int) throws(TemplateError) -> Int {
        let count = try value.number(for: self)
        guard count >= least, count <= Limits.maxUsernameBytes else {
            throw TemplateError(
                "\(rawValue): a length between \(least) and \(Limits.maxUsernameBytes)")
        }
        return count
    }

    /// At most so many bytes, and no half character.
    static func prefix(_ text: String, _ count: Int) -> String {
        var kept = String.UnicodeScalarView()
        var bytes = 0
        for scalar in text.unicodeScalars {
            bytes += UTF8.width(scalar)
            if bytes > count { break }
            kept.append(scalar)
        }
        return String(kept)
    }

    private static func replacing(_ text: String, _ old: String, _ new: String) -> String {
        if old.isEmpty { return text }
        let (bytes, wanted) = (Array(text.utf8), Array(old.utf8))
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index...].starts(with: wanted) {
                result += Array(new.utf8)
                index += wanted.count
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// `2006-01-02T15:04:05` in a layout stands for the parts of the time.
    private static func time(_ now: Timestamp, by layout: String) -> String {
        let text = now.rfc3339Seconds
        func part(_ from: Int, _ count: Int) -> String {
            String(decoding: Array(text.utf8).dropFirst(from).prefix(count), as: UTF8.self)
        }
        let parts = [
            ("2006", part(0, 4)), ("01", part(5, 2)), ("02", part(8, 2)), ("15", part(11, 2)),
            ("04", part(14, 2)), ("05", part(17, 2)),
        ]
        var result = ""
        var rest = Array(layout.utf8)[...]
        while let byte = rest.first {
            if let (name, value) = parts.first(where: { rest.starts(with: Array($0.0.utf8)) }) {
                result += value
                rest = rest.dropFirst(name.utf8.count)
            } else {
                result.unicodeScalars.append(Unicode.Scalar(byte))
                rest = rest.dropFirst()
            }
        }
        return result
    }

    /// `%s`, `%d` and `%v` stand for the next value, `%%` for a percent sign.
    private static func printed(_ arguments: [TemplateValue]) throws(TemplateError) -> String {
        guard let format = arguments.first?.text else {
            throw TemplateError("printf takes a format")
        }
        var values = arguments.dropFirst()
        var result: [UInt8] = []
        var bytes = Array(format.utf8)[...]
        while let byte = bytes.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                result.append(byte)
                continue
            }
            switch bytes.popFirst() {
            case UInt8(ascii: "%"): result.append(UInt8(ascii: "%"))
            case UInt8(ascii: "s"), UInt8(ascii: "d"), UInt8(ascii: "v"):
                guard let value = values.popFirst() else {
                    throw TemplateError("printf has fewer values than its format")
                }
                result += Array(value.text.utf8)
            default: throw TemplateError("printf knows %s, %d, %v and %%")
            }
        }
        guard values.isEmpty else { throw TemplateError("printf has more values than its format") }
        return String(decoding: result, as: UTF8.self)
    }
}
