// What certificates may be had by a name, checked when it is written and ready to be used.

import Certificates
import Cryptography
import JSON
import Paths
import PluginSDK

final class Role: Sendable {
    /// As it was stored and is answered.
    let values: JSONObject
    let issuer: String
    let ttlSeconds: Int
    let maxTTLSeconds: Int
    let names: NameRules
    let keyType: String
    let keyBits: Int
    let signature: SignatureChoice
    let keyUsage: Set<KeyUsage>
    let extendedKeyUsage: [ObjectIdentifier]
    let usesRequestCommonName: Bool
    let usesRequestAlternativeNames: Bool
    let usesRequestSerialNumber: Bool
    let subject: SubjectParts
    let generatesLease: Bool
    let isStored: Bool
    let policies: [PolicyInformation]
    let marksEndEntities: Bool
    let validity: ValidityRules

    init(_ values: JSONObject) throws(PluginError) {
        func text(_ name: String) -> String { values[name]?.stringValue ?? "" }
        func flag(_ name: String) -> Bool { values[name]?.boolValue ?? false }
        func number(_ name: String) -> Int { values[name]?.intValue ?? 0 }
        func texts(_ name: String) -> [String] {
            (values[name]?.arrayValue ?? []).compactMap(\.stringValue)
        }
        var values = values
        issuer = text("issuer_ref").isEmpty ? "default" : text("issuer_ref")
        ttlSeconds = number("ttl")
        maxTTLSeconds = number("max_ttl")
        if maxTTLSeconds > 0, ttlSeconds > maxTTLSeconds {
            throw PluginError(
                .invalidRequest, #""ttl" value must be less than "max_ttl" value"#)
        }
        names = try NameRules(values)
        keyType = text("key_type")
        (keyBits, signature) = try Self.key(
            keyType, number("key_bits"), number("signature_bits"),
            flag("use_pss"))
        values["key_bits"] = .int(keyBits)
        keyUsage = try Self.keyUsage(texts("key_usage"))
        extendedKeyUsage = try Self.purposes(
            flags: [
                ("ServerAuth", flag("server_flag")), ("ClientAuth", flag("client_flag")),
                ("CodeSigning", flag("code_signing_flag")),
                ("EmailProtection", flag("email_protection_flag")),
            ], names: texts("ext_key_usage"), identifiers: texts("ext_key_usage_oids"))
        usesRequestCommonName = flag("use_csr_common_name")
        usesRequestAlternativeNames = flag("use_csr_sans")
        switch text("serial_number_source") {
        case "", "json-csr": usesRequestSerialNumber = true
        case "json": usesRequestSerialNumber = false
        default:
            throw PluginError(
                .invalidRequest, "unknown serial_number_source: there are json-csr and json")
        }
        subject = SubjectParts(
            units: texts("ou"), organizations: texts("organization"), countries: texts("country"),
            localities: texts("locality"), provinces: texts("province"),
            streets: texts("street_address"), postalCodes: texts("postal_code"))
        isStored = !flag("no_store")
        generatesLease = flag("generate_lease") && isStored
        values["generate_lease"] = .bool(generatesLease)
        policies = try PolicyInformation.list(values["policy_identifiers"])
        marksEndEntities = flag("basic_constraints_valid_for_non_ca")
        validity = try ValidityRules(
            beforeSeconds: number("not_before_duration"), beforeBound: text("not_before_bound"),
            before: text("not_before"), afterBound: text("not_after_bound"),
            after: text("not_after"))
        self.values = values
    }

    /// A role that allows everything, for what is not asked for by a role.
    static func unrestricted(_ more: JSONObject = [:]) throws(PluginError) -> Role {
        var values: JSONObject = [
            "allow_any_name": true, "allow_wildcard_certificates": true, "allow_ip_sans": true,
            "allowed_uri_sans": ["*"], "allowed_other_sans": ["*"],
            "allowed_serial_numbers": ["*"], "allowed_user_ids": ["*"], "key_type": "any",
            "cn_validations": ["disabled"], "not_before_duration": 30,
            "use_csr_common_name": true, "use_csr_sans": true,
        ]
        for (name, value) in more.members { values[name] = value }
        return try Role(values)
    }

    // MARK: Keys and purposes

    private static func key(
        _ type: String, _ bits: Int, _ signatureBits: Int, _ usesPSS: Bool
    ) throws(PluginError) -> (Int, SignatureChoice) {
        let choice = try SignatureChoice(bits: signatureBits, usesPSS: usesPSS)
        if type == "any" {
            guard bits == 0 || Limits.rsaBits.contains(bits) || Limits.curveBits.contains(bits)
            else { throw PluginError(.invalidRequest, "unsupported key_bits: \(bits)") }
            return (bits, choice)
        }
        return (try KeyKind(type: type, bits: bits).bits, choice)
    }

    static func keyUsage(_ names: [String]) throws(PluginError) -> Set<KeyUsage> {
        var usages: Set<KeyUsage> = []
        for name in names {
            guard let usage = KeyUsage(name: name) else {
                throw PluginError(.invalidRequest, "unknown key usage \(name.prefix(64))")
            }
            usages.insert(usage)
        }
        return usages
    }

    static func purposes(
        flags: [(name: String, isSet: Bool)] = [], names: [String], identifiers: [String]
    ) throws(PluginError) -> [ObjectIdentifier] {
        var purposes: [ObjectIdentifier] = []
        func add(_ oid: ObjectIdentifier) { if !purposes.contains(oid) { purposes.append(oid) } }
        for name in flags.filter(\.isSet).map(\.name) + names {
            guard let oid = ExtendedKeyUsage.oid(name) else {
                throw PluginError(.invalidRequest, "unknown extended key usage \(name.prefix(64))")
            }
            add(oid)
        }
        for text in identifiers {
            guard let oid = ObjectIdentifier(text) else {
                throw PluginError(
                    .invalidRequest, "\(text.prefix(64)) could not be parsed as a valid oid")
            }
            add(oid)
        }
        return purposes
    }
}

extension SignatureChoice {
    /// 0 is SHA-256.
    init(bits: Int, usesPSS: Bool) throws(PluginError) {
        guard let digest = Digest(rawValue: bits == 0 ? 256 : bits) else {
            throw PluginError(
                .invalidRequest,
                "invalid signature_bits: \(bits); there are 256, 384 and 512, and 0 for the usual")
        }
        self.init(digest: digest, usesPSS: usesPSS)
    }
}

extension PolicyInformation {
    static func list(_ value: JSONValue?) throws(PluginError) -> [PolicyInformation] {
        var policies: [PolicyInformation] = []
        for given in value?.arrayValue ?? [] {
            let entry = unpacked(given)
            let text = entry.stringValue ?? entry["oid"]?.stringValue ?? ""
            guard let oid = ObjectIdentifier(text) else {
                throw PluginError(
                    .invalidRequest,
                    "\(text.prefix(64)) could not be parsed as a valid oid for a policy identifier")
            }
            let cps = entry["cps"]?.stringValue ?? ""
            guard cps.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw PluginError(.invalidRequest, "a policy's cps is not a URI")
            }
            policies.append(
                PolicyInformation(oid: oid, cps: cps, notice: entry["notice"]?.stringValue ?? ""))
        }
        return policies
    }

    /// An object may come as the text of one.
    private static func unpacked(_ value: JSONValue) -> JSONValue {
        guard let text = value.stringValue, text.hasPrefix("{"),
            let object = try? JSONValue(parsing: Array(text.utf8)), object.objectValue != nil
        else { return value }
        return object
    }
}
