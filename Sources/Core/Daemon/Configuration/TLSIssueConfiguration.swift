// `tls_issue { … }`: a listener whose certificate comes from one of the server's own mounts.

import HCL
internal import JSON
import Network

public struct TLSIssueConfiguration: Sendable, Equatable {
    /// Empty is the root namespace.
    public var namespace = ""
    /// With the mount's, such as `<mount>/issue/<role>`.
    public var path: String
    public var commonName: String
    public var alternativeNames: [String] = []
    public var ipAddresses: [String] = []
    /// Nil leaves it to the role.
    public var ttlSeconds: Int64?

    public init(path: String, commonName: String) {
        self.path = path
        self.commonName = commonName
    }

    var shown: JSONValue {
        [
            "namespace": .string(namespace), "path": .string(path),
            "common_name": .string(commonName), "alt_names": .strings(alternativeNames),
            "ip_sans": .strings(ipAddresses), "ttl": .int(ttlSeconds ?? 0),
        ]
    }
}

extension SectionReader {
    /// When something is wrong, what is said is an error and the value does not matter.
    func tlsIssue() -> Located<TLSIssueConfiguration>? {
        let sections = sections("tls_issue", labelCount: 0)
        guard let section = sections.first else { return nil }
        if sections.count > 1 {
            error(at: sections[1].position, "tls_issue is there twice in one listener")
        }
        let issue = reader(of: section, "tls_issue").issue(at: section.position)
        return Located(value: issue, source: source, position: section.position)
    }

    private func issue(at position: HCLPosition) -> TLSIssueConfiguration {
        let path = text(
            "path", "the path at which a mount issues, such as \"<mount>/issue/<role>\"",
            Self.isEndpoint)
        let commonName = text("common_name", "a name of this server", Self.isHostName)
        for (name, value) in [("path", path), ("common_name", commonName)]
        where value == nil && body.items(named: name).isEmpty {
            error(at: position, "\(name) is missing in tls_issue")
        }
        var issue = TLSIssueConfiguration(path: path ?? "", commonName: commonName ?? "")
        issue.namespace = text("namespace", "the path of a namespace", Self.isNamespace) ?? ""
        issue.alternativeNames = texts("alt_names", "names of this server", Self.isHostName)
        issue.ipAddresses = texts("ip_sans", "addresses of this server", { IPAddress($0) != nil })
        if let ttl = duration("ttl") {
            let seconds = ttl.value.components.seconds
            let least = ConfigurationLimits.minCertificateSeconds
            if seconds < least {
                error(at: ttl.position, "ttl in tls_issue must be at least \(least)s")
            }
            issue.ttlSeconds = seconds
        }
        finish()
        return issue
    }

    private func text(
        _ key: String, _ expected: String, _ isFit: (String) -> Bool
    ) -> String? {
        guard let text = string(key) else { return nil }
        if !isFit(text.value) {
            error(at: text.position, "\(key) in tls_issue must be \(expected)")
        }
        return text.value
    }

    private func texts(
        _ key: String, _ expected: String, _ isFit: (String) -> Bool
    ) -> [String] {
        guard let list = strings(key) else { return [] }
        if let wrong = list.value.first(where: { !isFit($0) }) {
            error(
                at: list.position,
                "\(key) in tls_issue must be \(expected), which \(Self.quoted(wrong)) is not")
        }
        return list.value
    }

    /// A mount, and something below it.
    private static func isEndpoint(_ text: String) -> Bool {
        isNamespace(text) && text.utf8.contains(UInt8(ascii: "/")) && text.utf8.last != 0x2F
    }

    private static func isNamespace(_ text: String) -> Bool {
        let trimmed = text.utf8.last == 0x2F ? text.dropLast() : text[...]
        return trimmed.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
            !$0.isEmpty && $0 != "." && $0 != ".." && $0.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
        }
    }

    /// What a list of names in one text cannot hold apart, or a certificate cannot have, is none.
    private static func isHostName(_ text: String) -> Bool {
        (1...ConfigurationLimits.maxHostNameBytes).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "-._*:".utf8.contains(byte)
                }
            }
    }
}
