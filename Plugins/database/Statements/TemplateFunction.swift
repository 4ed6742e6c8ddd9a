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
            return .text(try Self.replacing(try argument(2, of: 3).text, old, new))
        case .sha256:
            return .text(Hex.encode(SHA256.hash(Array(try argument(0, of: 1).text.utf8))))
        case .base64: return .text(Base64.encode(Array(try argument(0, of: 1).text.utf8)))
        case .unixTime:
            guard arguments.isEmpty else { throw TemplateError("unix_time takes no value") }
            return .time(Int(now.seconds))
        case .unixTimeMillis:
            guard arguments.isEmpty else { throw TemplateError("unix_time_millis takes no value") }
            return .time(Int(now.nanoseconds / 1_000_000))
        case .uuid:
            guard arguments.isEmpty else { throw TemplateError("uuid takes no value") }
            return .text(UUID128().text)
        case .timestamp: return .text(TimeLayout.text(now, by: try argument(0, of: 1).text))
        case .printf: return .text(try PrintFormat.text(arguments))
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

    private static func replacing(
        _ text: String, _ old: String, _ new: String
    ) throws(TemplateError) -> String {
        if old.isEmpty { return text }
        let (bytes, wanted) = (Array(text.utf8), Array(old.utf8))
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            // One that is given to the next would else grow without an end.
            guard result.count <= Limits.maxTemplateValueBytes else {
                throw TemplateError("replace: the text becomes too long")
            }
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
}
