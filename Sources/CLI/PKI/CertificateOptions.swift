// A certificate of an authority, as the options that make another like it.

import Certificates
import Cryptography
import Glibc
import JSON

struct CertificateOptions: Sendable {
    private(set) var options = JSONObject()
    /// What cannot be carried over.
    private(set) var warnings: [String] = []

    /// With `givesKey` the new certificate is for the template's key.
    init(_ template: StoredIssuer, givesKey: Bool) throws(CommandError) {
        let certificate = template.certificate
        guard let subject = certificate.subjectName else {
            throw .server("The subject of \(template.path) cannot be read.")
        }
        addSubject(subject)
        addNames(certificate.alternativeNames, commonName: subject.commonName ?? "")
        addValidity(certificate)
        addPurposes(certificate)
        addConstraints(certificate)
        if givesKey {
            options["key_ref"] = .string(template.keyID)
            if let identifier = certificate.subjectKeyIdentifier {
                options["skid"] = .string(Hex.encode(identifier))
            }
        } else if let key = certificate.keyDescription {
            options["key_type"] = .string(key.type)
            options["key_bits"] = .int(key.bits)
        }
        if let signature = certificate.rsaSignature {
            options["signature_bits"] = .int(signature.digest.rawValue)
            options["use_pss"] = .bool(signature.usesPSS)
        }
        let lost = certificate.extensions.map(\.oid).filter { !Self.carried.contains($0) }
        if !lost.isEmpty {
            warn("extensions " + lost.map(\.description).joined(separator: ", "))
        }
    }

    /// What the user says comes first, and takes with it what belongs together.
    func merged(with given: JSONObject) -> JSONObject {
        var merged = options
        let together: [(String, [String])] = [
            ("key_type", ["key_bits"]), ("not_after", ["ttl"]), ("ttl", ["not_after"]),
            // The template's identifier is that of its own key.
            ("key_ref", ["skid"]),
        ]
        for (name, dependents) in together where given[name] != nil {
            for dependent in dependents { merged[dependent] = nil }
        }
        for (name, value) in given.members { merged[name] = value }
        return merged
    }

    private mutating func warn(_ what: String) {
        warnings.append("The template's \(what) cannot be carried over.")
    }

    private mutating func add(_ name: String, _ values: [String]) {
        if !values.isEmpty { options[name] = .strings(values) }
    }

    // MARK: Parts

    private static let attributes: [(oid: ObjectIdentifier, name: String)] = [
        (.organizationalUnit, "ou"), (.organization, "organization"), (.country, "country"),
        (.locality, "locality"), (.province, "province"), (.streetAddress, "street_address"),
        (.postalCode, "postal_code"), (.userID, "user_ids"),
    ]

    private mutating func addSubject(_ subject: DistinguishedName) {
        options["common_name"] = .string(subject.commonName ?? "")
        for (oid, name) in Self.attributes { add(name, subject.values(oid)) }
        if let number = subject.values(.nameSerialNumber).last {
            options["serial_number"] = .string(number)
        }
        let known = Set(Self.attributes.map(\.oid) + [.commonName, .nameSerialNumber])
        let others = Set(subject.parts.joined().map(\.type)).subtracting(known)
        if !others.isEmpty {
            let names = others.map(\.description).sortedByBytes
            warn("attributes of the subject " + names.joined(separator: ", "))
        }
    }

    private mutating func addNames(_ names: [GeneralName], commonName: String) {
        var lists: [String: [String]] = [:]
        var includesCommonName = false
        for name in names {
            switch name {
            case .dns(let text), .email(let text):
                // The server adds it by itself, for the common name that there then is.
                if text == commonName {
                    includesCommonName = true
                } else {
                    lists["alt_names", default: []].append(text)
                }
            case .uri(let text): lists["uri_sans", default: []].append(text)
            case .ip(let bytes):
                if let text = Self.address(bytes) { lists["ip_sans", default: []].append(text) }
            case .other(let oid, let text):
                lists["other_sans", default: []].append("\(oid);UTF8:\(text)")
            case .unknown: warn("alternative name of an unusual kind")
            }
        }
        for (name, values) in lists { add(name, values) }
        options["exclude_cn_from_sans"] = .bool(!includesCommonName)
    }

    /// The server lets validity begin half a minute early.
    private static let earlySeconds: Int64 = 30

    private mutating func addValidity(_ certificate: Certificate) {
        guard certificate.notAfter < .latest else {
            options["not_after"] = .string(CertificateTime.latest.rfc3339)
            return
        }
        let seconds = certificate.notAfter.seconds - certificate.notBefore.seconds
        let ttl = seconds > Self.earlySeconds ? seconds - Self.earlySeconds : max(seconds, 1)
        options["ttl"] = .string("\(ttl)s")
    }

    private mutating func addPurposes(_ certificate: Certificate) {
        let usage = (certificate.keyUsage ?? []).subtracting([.certSign, .crlSign])
        add("key_usage", usage.map(\.name).sortedByBytes)
        add("ext_key_usage_oids", certificate.extendedKeyUsage.map(\.description))
        if let length = certificate.authority.pathLength {
            options["max_path_length"] = .int(length)
        }
    }

    private mutating func addConstraints(_ certificate: Certificate) {
        guard let value = certificate.value(.nameConstraints) else { return }
        guard let constraints = try? NameConstraints(der: value) else {
            warn("name constraints")
            return
        }
        for (prefix, names) in [
            ("permitted", constraints.permitted), ("excluded", constraints.excluded),
        ] {
            var lists: [String: [String]] = [:]
            for name in names {
                switch name {
                case .dns(let text): lists["dns_domains", default: []].append(text)
                case .email(let text): lists["email_addresses", default: []].append(text)
                case .uri(let text): lists["uri_domains", default: []].append(text)
                case .ip(let bytes):
                    guard let text = Self.network(bytes) else {
                        warn("constraint on a network")
                        continue
                    }
                    lists["ip_ranges", default: []].append(text)
                case .other, .unknown: warn("name constraint of an unusual kind")
                }
            }
            for (name, values) in lists { add("\(prefix)_\(name)", values) }
        }
    }

    /// Those that options are for, and those that the parent's mount puts in by itself.
    private static let carried: Set<ObjectIdentifier> = [
        .subjectKeyIdentifier, .authorityKeyIdentifier, .keyUsage, .extendedKeyUsage,
        .subjectAltName, .basicConstraints, .nameConstraints, .authorityInformationAccess,
        .crlDistributionPoints, .freshestCRL,
    ]

    // MARK: Addresses

    static func address(_ bytes: [UInt8]) -> String? {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// An address and its mask, which is ones and then zeros.
    static func network(_ bytes: [UInt8]) -> String? {
        let half = bytes.count / 2
        guard bytes.count == 2 * half, let address = address(Array(bytes[..<half])) else {
            return nil
        }
        let bits = bytes[half...].flatMap { byte in (0..<8).map { byte & (0x80 >> $0) != 0 } }
        let ones = bits.prefix { $0 }.count
        guard !bits[ones...].contains(true) else { return nil }
        return "\(address)/\(ones)"
    }
}
