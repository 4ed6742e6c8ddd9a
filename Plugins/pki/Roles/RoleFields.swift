// The parameters of a role: one list makes the path's fields, the stored form and the answer.

import JSON
import Paths
import PluginSDK

enum RoleFields {
    static let name = Field.string("name", "Name of the role.")

    static let all: [Field] = [
        .string("issuer_ref", default: "default", "The issuer that signs."),
        .duration("ttl", default: 0, "How long certificates are valid; 0 leaves it to the mount."),
        .duration("max_ttl", default: 0, "The longest that they may be; 0 leaves it to the mount."),
        .boolean("allow_localhost", default: true, "Whether localhost is a name for anyone."),
        .stringList("allowed_domains", default: [], "Domains that the next four are about."),
        .boolean(
            "allowed_domains_template", default: false,
            "Whether {{identity…}} in a domain stands for what the caller is."),
        .boolean("allow_bare_domains", default: false, "Whether a domain itself is a name."),
        .boolean("allow_subdomains", default: false, "Whether names below a domain are."),
        .boolean("allow_glob_domains", default: false, "Whether a domain may contain `*`."),
        .boolean("allow_wildcard_certificates", default: true, "Whether names may contain `*`."),
        .boolean("allow_any_name", default: false, "Whether every name is allowed."),
        .boolean("enforce_hostnames", default: true, "Whether names must be those of hosts."),
        .boolean("allow_ip_sans", default: true, "Whether addresses may be asked for."),
        .stringList(
            "allowed_ip_sans_cidr", default: [], "Networks of the addresses; empty for any."),
        .stringList("allowed_uri_sans", default: [], "URIs that may be asked for, with `*`."),
        .boolean(
            "allowed_uri_sans_template", default: false,
            "Whether {{identity…}} in a URI stands for what the caller is."),
        .stringList("allowed_other_sans", default: [], "`<oid>;UTF8:<text>`, with `*`."),
        .stringList("allowed_serial_numbers", default: [], "Subject serial numbers, with `*`."),
        .stringList("allowed_user_ids", default: [], "User ids of subjects, with `*`."),
        .boolean("server_flag", default: true, "For servers' authentication."),
        .boolean("client_flag", default: true, "For clients' authentication."),
        .boolean("code_signing_flag", default: false, "For signatures of code."),
        .boolean("email_protection_flag", default: false, "For the protection of mail."),
        .string("key_type", default: "rsa", "rsa, ec, ed25519, or any."),
        .integer("key_bits", default: 0, "Size of keys; 0 is the usual one."),
        .integer("signature_bits", default: 0, "Digest of RSA signatures: 256, 384 or 512."),
        .boolean("use_pss", default: false, "Whether RSA signatures are PSS."),
        .stringList(
            "key_usage", default: ["DigitalSignature", "KeyAgreement", "KeyEncipherment"],
            "Purposes of keys."),
        .stringList("ext_key_usage", default: [], "More purposes of certificates, by name."),
        .stringList("ext_key_usage_oids", default: [], "More purposes, by identifier."),
        .boolean("use_csr_common_name", default: true, "Whether a request's common name counts."),
        .boolean("use_csr_sans", default: true, "Whether a request's alternative names count."),
        .stringList("ou", default: [], "Organizational units of subjects."),
        .stringList("organization", default: [], "Organizations of subjects."),
        .stringList("country", default: [], "Countries of subjects."),
        .stringList("locality", default: [], "Localities of subjects."),
        .stringList("province", default: [], "Provinces of subjects."),
        .stringList("street_address", default: [], "Street addresses of subjects."),
        .stringList("postal_code", default: [], "Postal codes of subjects."),
        .boolean("generate_lease", default: false, "Whether certificates have leases."),
        .boolean("no_store", default: false, "Whether certificates are not stored."),
        .boolean("require_cn", default: true, "Whether there must be a common name."),
        .any(
            "policy_identifiers", default: [],
            "Policies: identifiers, or objects with oid, cps and notice."),
        .boolean(
            "basic_constraints_valid_for_non_ca", default: false,
            "Whether certificates say that they are none of an authority."),
        .duration("not_before_duration", default: 30, "How far validity begins before now."),
        .string("not_before_bound", default: "permit", "permit, duration or forbid."),
        .string("not_before", default: "", "When validity begins."),
        .string("not_after_bound", default: "permit", "permit, ttl-limited, forbid or a time."),
        .string("not_after", default: "", "When validity ends."),
        .stringList(
            "cn_validations", default: ["email", "hostname"], "email, hostname, or disabled."),
        .string("serial_number_source", default: "json-csr", "json-csr or json."),
    ]

    /// What was sent and what is by default, as it is stored and answered. With `before` only what
    /// was sent changes.
    static func values(
        _ given: FieldValues, before: JSONObject? = nil
    ) throws(PluginError) -> JSONObject {
        var values = before ?? JSONObject()
        for field in all where before == nil || given.isPresent(field.name) {
            values[field.name] = try value(field, given)
        }
        return values
    }

    private static func value(
        _ field: Field, _ given: FieldValues
    ) throws(PluginError) -> JSONValue? {
        let name = field.name
        switch field.kind {
        case .boolean: return given.boolean(name).map { .bool($0) }
        case .integer: return given.integer(name).map { .int($0) }
        case .duration: return given.duration(name).map { .int($0) }
        case .stringList:
            return given.stringList(name).map { .strings($0.filter { !$0.isEmpty }) }
        case .string: return given.string(name).map { .string($0) }
        case .any:
            guard case .string(let text)? = given.value(name) else { return given.value(name) }
            return try list(text, name)
        case .object, .stringMap: return given.value(name)
        }
    }

    /// What the command line sends: JSON, or texts with commas between them.
    private static func list(_ text: String, _ name: String) throws(PluginError) -> JSONValue {
        let text = trimmed(text)
        guard text.hasPrefix("[") || text.hasPrefix("{") else {
            return .strings(
                text.split(separator: ",").map { trimmed(String($0)) }.filter { !$0.isEmpty })
        }
        guard let value = try? JSONValue(parsing: Array(text.utf8)) else {
            throw PluginError(
                .invalidRequest, "\(name) begins like JSON and cannot be read as such")
        }
        return value.objectValue == nil ? value : [value]
    }

    private static func trimmed(_ text: String) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
