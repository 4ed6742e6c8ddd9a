// The names that a client asks for in fields.

import Certificates
import Paths
import PluginSDK

struct RequestedNames: Sendable {
    var commonName = ""
    var excludesCommonName = false
    var alternative: [GeneralName] = []
    var serialNumber = ""
    var userIDs: [String] = []

    static let fields: [Field] = [
        .string("common_name", default: "", "Common name of the subject."),
        .stringList("alt_names", default: [], "Names of hosts and mail addresses."),
        .stringList("ip_sans", default: [], "Addresses."),
        .stringList("uri_sans", default: [], "URIs."),
        .stringList("other_sans", default: [], "`<oid>;UTF8:<text>`."),
        .boolean(
            "exclude_cn_from_sans", default: false,
            "Whether the common name is no alternative name."),
        .string("serial_number", default: "", "Serial number of the subject."),
        .stringList("user_ids", default: [], "User ids of the subject."),
    ]

    init(_ fields: FieldValues) throws(PluginError) {
        commonName = fields.string("common_name") ?? ""
        excludesCommonName = fields.boolean("exclude_cn_from_sans") ?? false
        serialNumber = fields.string("serial_number") ?? ""
        userIDs = (fields.stringList("user_ids") ?? []).filter { !$0.isEmpty }
        func texts(_ name: String) -> [String] {
            (fields.stringList(name) ?? []).filter { !$0.isEmpty }
        }
        for text in texts("alt_names") {
            guard let name = InternationalName.ascii(text), Self.isPlain(name) else {
                throw PluginError(
                    .invalidRequest,
                    "the alternative name \(text.prefix(64)) is not that of a host or a mail "
                        + "address: it cannot be written in ASCII (IDNA)")
            }
            alternative.append(name.contains("@") ? .email(name) : .dns(name))
        }
        for text in texts("ip_sans") {
            guard let bytes = IPAddress.bytes(text) else {
                throw PluginError(
                    .invalidRequest, "the value \(text.prefix(64)) is not a valid IP address")
            }
            alternative.append(.ip(bytes))
        }
        for text in texts("uri_sans") {
            guard Self.isURI(text) else {
                throw PluginError(
                    .invalidRequest, "the provided URI Subject Alternative Name is not valid")
            }
            alternative.append(.uri(text))
        }
        for text in texts("other_sans") {
            let name = try OtherName(pattern: text)
            alternative.append(.other(name.oid, name.text))
        }
        try Self.requireSizes(alternative)
    }

    /// Of those from fields and of those from a request.
    static func requireSizes(_ names: [GeneralName]) throws(PluginError) {
        guard names.count <= Limits.maxAlternativeNames else {
            throw PluginError(
                .invalidRequest,
                "a certificate has at most \(Limits.maxAlternativeNames) alternative names")
        }
        for name in names where GeneralName.encode([name]).count > Limits.maxAlternativeNameBytes {
            throw PluginError(.invalidRequest, "an alternative name is too long")
        }
    }

    /// A scheme and something after it, in ASCII that needs no escaping.
    static func isURI(_ text: String) -> Bool {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let first = parts[0].utf8.first, !parts[1].isEmpty,
            (0x41...0x5A).contains(first) || (0x61...0x7A).contains(first)
        else { return false }
        return text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !#""<>\^`{|}"#.utf8.contains($0) }
    }

    /// The common name as an alternative name, where it is the name of a host or a mail address.
    static func alternative(of commonName: String) -> GeneralName? {
        if let bytes = IPAddress.bytes(commonName) { return .ip(bytes) }
        // Digits of other scripts are no address, nor a name.
        guard let name = InternationalName.ascii(commonName), isPlain(name),
            IPAddress.bytes(name) == nil
        else { return nil }
        if name.contains("@") { return .email(name) }
        let host = name.hasPrefix("*.") ? String(name.dropFirst(2)) : name
        return HostName.isValid(host.replacing("*", with: "a")) ? .dns(name) : nil
    }

    /// Signs of ASCII that are seen, of which the names of hosts and mail addresses consist.
    static func isPlain(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}
