// Which names a role allows. What the role does not allow in so many words is refused.

import Certificates
import JSON
import PluginSDK

struct NameRules: Sendable {
    let allowsLocalhost: Bool
    private(set) var domains: [String]
    let allowsBare: Bool
    let allowsSubdomains: Bool
    let allowsGlobs: Bool
    let allowsWildcards: Bool
    let allowsAny: Bool
    let enforcesHostnames: Bool
    let allowsAddresses: Bool
    /// Where addresses must be; empty for anywhere.
    private let networks: [[UInt8]]
    private(set) var uris: [String]
    let others: [String]
    let serialNumbers: [String]
    let userIDs: [String]
    let requiresCommonName: Bool
    /// What is to be filled in for each caller before the rules say anything.
    let templates: RoleTemplates
    /// Empty if a common name may be anything.
    let commonNameForms: Set<String>

    init(_ values: JSONObject) throws(PluginError) {
        func flag(_ name: String) -> Bool { values[name]?.boolValue ?? false }
        func texts(_ name: String) -> [String] {
            (values[name]?.arrayValue ?? []).compactMap(\.stringValue)
        }
        allowsLocalhost = flag("allow_localhost")
        templates = RoleTemplates(
            domains: flag("allowed_domains_template") ? texts("allowed_domains") : [],
            uris: flag("allowed_uri_sans_template") ? texts("allowed_uri_sans") : [])
        let (domainTemplates, uriTemplates) = (templates.domains, templates.uris)
        domains = texts("allowed_domains").filter { !domainTemplates.contains($0) }
            .map(Self.comparable)
        allowsBare = flag("allow_bare_domains")
        allowsSubdomains = flag("allow_subdomains")
        allowsGlobs = flag("allow_glob_domains")
        allowsWildcards = flag("allow_wildcard_certificates")
        allowsAny = flag("allow_any_name")
        enforcesHostnames = flag("enforce_hostnames")
        allowsAddresses = flag("allow_ip_sans")
        networks = try Self.networks(texts("allowed_ip_sans_cidr"))
        uris = texts("allowed_uri_sans").filter { !uriTemplates.contains($0) }
        others = texts("allowed_other_sans")
        serialNumbers = texts("allowed_serial_numbers")
        userIDs = texts("allowed_user_ids")
        requiresCommonName = flag("require_cn")
        let forms = texts("cn_validations")
        if forms == ["disabled"] {
            commonNameForms = []
        } else {
            guard forms.allSatisfy({ $0 == "email" || $0 == "hostname" }) else {
                throw PluginError(
                    .invalidRequest,
                    "unknown cn_validations: there are email and hostname, or disabled alone")
            }
            commonNameForms = forms.isEmpty ? ["email", "hostname"] : Set(forms)
        }
        for entry in others where entry != "*" { _ = try OtherName(pattern: entry) }
    }

    /// The rules for one caller; `texts` are what has come of the templates, in their order. A
    /// template that the caller has no value for allows nothing.
    func filled(_ texts: [String?]) -> NameRules {
        var rules = self
        for (template, text) in zip(templates.domains, texts) {
            guard let text, RoleTemplates.isFaithful(text, to: template, keeping: "@:") else {
                continue
            }
            rules.domains.append(Self.comparable(text))
        }
        for (template, text) in zip(templates.uris, texts.dropFirst(templates.domains.count)) {
            guard let text, RoleTemplates.isFaithful(text, to: template, keeping: "@:?#%&;=")
            else { continue }
            rules.uris.append(text)
        }
        return rules
    }

    // MARK: Names of hosts, and mail addresses

    /// As names are compared: in ASCII where they can be written so, and in small letters.
    private static func comparable(_ name: String) -> String {
        (InternationalName.ascii(name) ?? name).lowercased()
    }

    func allows(_ name: String) -> Bool {
        let name = Self.comparable(name)
        guard isWritable(name) else { return false }
        // By bytes, so that no combining sign hides one of these.
        let parts = name.utf8.split(separator: 0x40, omittingEmptySubsequences: false)
        let isEmail = parts.count == 2
        guard parts.count <= 2, !isEmail || !parts[0].isEmpty, let domain = parts.last else {
            return false
        }
        var host = String(Substring(domain))
        let isWildcard = host.utf8.contains(0x2A)
        if isWildcard {
            guard !isEmail, allowsWildcards, HostName.isWildcard(host) else { return false }
            if host.hasPrefix("*.") { host = String(host.dropFirst(2)) }
        }
        if enforcesHostnames {
            let plain = host.replacing("*", with: "a")
            guard HostName.isValid(plain) else { return false }
        }
        if allowsAny { return true }
        if allowsLocalhost, host == "localhost" || host == "localdomain", !isWildcard {
            return true
        }
        return domains.contains { isWithin(name, host, $0, isWildcard: isWildcard) }
    }

    /// What is no host's name may have spaces, and letters that are none of ASCII.
    private func isWritable(_ name: String) -> Bool {
        if name.isEmpty { return false }
        if enforcesHostnames { return RequestedNames.isPlain(name) }
        return !name.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }

    private func isWithin(
        _ name: String, _ host: String, _ domain: String, isWildcard: Bool
    ) -> Bool {
        if domain.isEmpty { return false }
        if allowsBare, name == domain || (!isWildcard && host == domain) { return true }
        if allowsSubdomains {
            if host.hasSuffix("." + domain) { return true }
            if isWildcard, name == "*." + domain { return true }
        }
        return allowsGlobs && domain.contains("*") && Glob.matches(domain, name)
    }

    /// A common name that is a host's or an address, or whatever the role takes for one.
    func allowsCommonName(_ name: String) -> Bool {
        if commonNameForms.isEmpty { return true }
        let isEmail = name.contains("@")
        guard commonNameForms.contains(isEmail ? "email" : "hostname") else { return false }
        return allows(name)
    }

    // MARK: Other names

    private static func networks(_ texts: [String]) throws(PluginError) -> [[UInt8]] {
        var networks: [[UInt8]] = []
        for text in texts {
            guard let network = IPAddress.network(text) else {
                throw PluginError(
                    .invalidRequest,
                    "allowed_ip_sans_cidr: \(text.prefix(64)) is no network such as 10.0.0.0/8")
            }
            networks.append(network)
        }
        return networks
    }

    /// Wherever the address was named: in fields or in a request.
    func allows(address: [UInt8]) -> Bool {
        networks.isEmpty || networks.contains { IPAddress.isWithin($0, address) }
    }

    func allows(other oid: ObjectIdentifier, _ text: String) -> Bool {
        others.contains { entry in
            if entry == "*" { return true }
            guard let pattern = try? OtherName(pattern: entry) else { return false }
            return pattern.oid == oid && Glob.matches(pattern.text, text)
        }
    }
}

/// `<oid>;UTF8:<text>`, as OpenSSL writes it.
struct OtherName {
    let oid: ObjectIdentifier
    let text: String

    init(pattern: String) throws(PluginError) {
        let parts = pattern.split(separator: ";", maxSplits: 1)
        let value = parts.last?.split(
            separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let oid = ObjectIdentifier(String(parts[0])), let value,
            value.count == 2, ["utf8", "utf-8"].contains(value[0].lowercased())
        else {
            throw PluginError(
                .invalidRequest,
                "expected a semicolon and UTF8 in a custom alternative name: <oid>;UTF8:<text>")
        }
        self.oid = oid
        text = String(value[1])
    }
}
