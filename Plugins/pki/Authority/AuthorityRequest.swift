// What a client asks for in a certificate of an authority: a root, an intermediate, or a request
// for one.

import Certificates
import Cryptography
import JSON
import Paths
import PluginSDK

struct AuthorityRequest: Sendable {
    var issue: IssueRequest
    var subject: SubjectParts
    var limits: AuthorityLimits
    var signature: SignatureChoice
    var keyUsage: Set<KeyUsage>
    var extendedKeyUsage: [ObjectIdentifier]
    var notBeforeSeconds: Int

    static let fields: [Field] =
        IssueRequest.fields + SubjectParts.fields + [
            .integer("max_path_length", "How many authorities may be below; -1 for any number."),
            .stringList("permitted_dns_domains", default: [], "Names that it may certify."),
            .stringList("excluded_dns_domains", default: [], "Names that it may not."),
            .stringList("permitted_ip_ranges", default: [], "Networks that it may certify."),
            .stringList("excluded_ip_ranges", default: [], "Networks that it may not."),
            .stringList("permitted_email_addresses", default: [], "Mail addresses it may certify."),
            .stringList("excluded_email_addresses", default: [], "Mail addresses it may not."),
            .stringList("permitted_uri_domains", default: [], "Hosts of URIs it may certify."),
            .stringList("excluded_uri_domains", default: [], "Hosts of URIs it may not."),
            .integer("signature_bits", default: 0, "Digest of RSA signatures."),
            .boolean("use_pss", default: false, "Whether RSA signatures are PSS."),
            .duration("not_before_duration", default: 30, "How far validity begins before now."),
            .stringList("key_usage", default: [], "More purposes of the key."),
            .stringList("ext_key_usage", default: [], "Purposes of the certificate."),
            .stringList("ext_key_usage_oids", default: [], "The same by identifier."),
        ]

    init(_ fields: FieldValues) throws(PluginError) {
        issue = try IssueRequest(fields)
        subject = SubjectParts(fields)
        limits = AuthorityLimits(pathLength: nil, constraints: try Self.constraints(fields))
        if fields.isPresent("max_path_length"), let length = fields.integer("max_path_length") {
            guard length >= -1, length < 256 else {
                throw PluginError(.invalidRequest, "max_path_length is -1 for any, or at least 0")
            }
            limits.pathLength = length < 0 ? nil : length
        }
        signature = try SignatureChoice(
            bits: fields.integer("signature_bits") ?? 0,
            usesPSS: fields.boolean("use_pss") ?? false)
        keyUsage = try Role.keyUsage(fields.stringList("key_usage") ?? [])
        extendedKeyUsage = try Role.purposes(
            names: fields.stringList("ext_key_usage") ?? [],
            identifiers: fields.stringList("ext_key_usage_oids") ?? [])
        notBeforeSeconds = fields.duration("not_before_duration") ?? Limits.notBeforeSeconds
    }

    private static func constraints(_ fields: FieldValues) throws(PluginError) -> NameConstraints {
        var constraints = NameConstraints()
        for (prefix, place) in [
            ("permitted", \NameConstraints.permitted), ("excluded", \NameConstraints.excluded),
        ] {
            func texts(_ name: String) -> [String] {
                (fields.stringList("\(prefix)_\(name)") ?? []).filter { !$0.isEmpty }
            }
            let all = ["dns_domains", "email_addresses", "uri_domains"].flatMap(texts)
            guard all.allSatisfy({ $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } }) else {
                throw PluginError(.invalidRequest, "a name constraint has characters beyond ASCII")
            }
            constraints[keyPath: place] += texts("dns_domains").map { .dns($0) }
            constraints[keyPath: place] += texts("email_addresses").map { .email($0) }
            constraints[keyPath: place] += texts("uri_domains").map { .uri($0) }
            for text in texts("ip_ranges") {
                guard let network = IPAddress.network(text) else {
                    throw PluginError(
                        .invalidRequest, "\(prefix)_ip_ranges: a network is such as 10.0.0.0/8")
                }
                constraints[keyPath: place].append(.ip(network))
            }
        }
        return constraints
    }

    /// The values of a role that sets nothing but what was asked for here.
    func role() throws(PluginError) -> Role {
        try Role.unrestricted([
            "signature_bits": .int(signature.digest.rawValue), "use_pss": .bool(signature.usesPSS),
            "not_before_duration": .int(notBeforeSeconds), "ou": .strings(subject.units),
            "organization": .strings(subject.organizations),
            "country": .strings(subject.countries), "locality": .strings(subject.localities),
            "province": .strings(subject.provinces), "street_address": .strings(subject.streets),
            "postal_code": .strings(subject.postalCodes),
            "key_usage": .strings(keyUsage.map(\.name)),
            "ext_key_usage_oids": .strings(extendedKeyUsage.map(\.description)),
        ])
    }

    func requireCommonName() throws(PluginError) {
        if issue.names.commonName.isEmpty {
            throw PluginError(
                .invalidRequest, #"the "common_name" field is required"#)
        }
    }

    /// The alternative names, with the common name's if it is to be one.
    var alternativeNames: [GeneralName] {
        var names = issue.names.alternative
        if !issue.names.excludesCommonName,
            let name = RequestedNames.alternative(of: issue.names.commonName),
            !names.contains(name)
        {
            names.insert(name, at: 0)
        }
        return names
    }

    func subjectName() throws(PluginError) -> [UInt8] {
        try subject.name(
            commonName: issue.names.commonName, serialNumber: issue.names.serialNumber,
            userIDs: issue.names.userIDs
        ).encoded()
    }

    func keyKind() throws(PluginError) -> KeyKind {
        try KeyKind(type: issue.keyType.isEmpty ? "rsa" : issue.keyType, bits: issue.keyBits)
    }
}
