// `credential_type` and `credential_config`: what the users of a role prove themselves with.

import JSON
import Paths
import PluginSDK

enum CredentialType: String, Sendable, CaseIterable {
    case password
    case rsaPrivateKey = "rsa_private_key"
    case clientCertificate = "client_certificate"

    static let fields: [Field] = [
        .string(
            "credential_type", default: "password",
            "The kind of credential: "
                + "\(allCases.map(\.rawValue).joined(separator: ", "))."),
        .stringMap(
            "credential_config",
            "Settings of the credential type. password: password_policy; rsa_private_key: "
                + "key_bits, format; client_certificate: common_name_template, ca_cert, "
                + "ca_private_key, key_type, key_bits, signature_bits."),
    ]
}

enum CredentialSettings: Sendable {
    /// Empty for the connection's policy.
    case password(policy: String)
    case rsaPrivateKey(bits: Int)
    case clientCertificate(ClientCertificateSettings)

    static let usual = CredentialSettings.password(policy: "")

    var type: CredentialType {
        switch self {
        case .password: .password
        case .rsaPrivateKey: .rsaPrivateKey
        case .clientCertificate: .clientCertificate
        }
    }

    /// What the request gives; `old` where it gives nothing. Settings are those of one type, and
    /// are replaced as a whole.
    init(_ fields: FieldValues, instead old: CredentialSettings = .usual) throws(PluginError) {
        let name = fields.isPresent("credential_type") ? fields.string("credential_type") ?? "" : ""
        let given =
            fields.isPresent("credential_config") ? fields.stringMap("credential_config") : nil
        guard let type = name.isEmpty ? old.type : CredentialType(rawValue: name) else {
            throw PluginError(
                .invalidRequest,
                "invalid credential_type \"\(name)\": there are "
                    + CredentialType.allCases.map(\.rawValue).joined(separator: ", "))
        }
        if given == nil, type == old.type {
            self = old
            return
        }
        var config: [String: String] = [:]
        for (key, value) in given ?? [] { config[key] = value }
        try self.init(type, &config)
        if case .clientCertificate(let settings) = self { try settings.checkTemplate() }
    }

    private init(_ type: CredentialType, _ config: inout [String: String]) throws(PluginError) {
        switch type {
        case .password:
            self = .password(policy: config.removeValue(forKey: "password_policy") ?? "")
        case .rsaPrivateKey:
            let bits = try Self.integer("key_bits", &config) ?? 2_048
            guard Limits.rsaBits.contains(bits) else {
                throw Self.bad("key_bits must be 2048, 3072 or 4096")
            }
            guard ["", "pkcs8"].contains(config.removeValue(forKey: "format") ?? "") else {
                throw Self.bad("format must be pkcs8")
            }
            self = .rsaPrivateKey(bits: bits)
        case .clientCertificate:
            self = .clientCertificate(try ClientCertificateSettings(&config))
        }
        if let unknown = config.keys.min() {
            throw Self.bad("\(type.rawValue) has no setting \"\(unknown)\"")
        }
    }

    static func integer(
        _ name: String, _ config: inout [String: String]
    ) throws(PluginError) -> Int? {
        guard let text = config.removeValue(forKey: name), !text.isEmpty else { return nil }
        guard let number = Int(text) else { throw bad("\(name) must be a number") }
        return number
    }

    static func bad(_ what: String) -> PluginError {
        PluginError(.invalidRequest, "invalid credential_config: \(what)")
    }

    func check(_ kind: any DatabaseServer.Type, _ pluginName: String) throws(PluginError) {
        guard kind.credentialTypes.contains(type) else {
            throw PluginError(
                .invalidRequest,
                "unsupported credential_type \"\(type.rawValue)\": users of \(pluginName) have "
                    + kind.credentialTypes.map(\.rawValue).joined(separator: ", "))
        }
    }

    // MARK: Stored and shown

    func describe(in object: inout JSONObject, showsSecrets: Bool) {
        object["credential_type"] = .string(type.rawValue)
        var config = JSONObject()
        switch self {
        case .password(let policy):
            if !policy.isEmpty { config["password_policy"] = .string(policy) }
        case .rsaPrivateKey(let bits):
            config["key_bits"] = .int(bits)
            config["format"] = "pkcs8"
        case .clientCertificate(let settings):
            config = settings.json(showsSecrets: showsSecrets)
        }
        if !config.isEmpty { object["credential_config"] = .object(config) }
    }

    init(decoding json: JSONValue) throws(PluginError) {
        let damaged = PluginError(.internalError, "the stored credential type is damaged")
        let name = json["credential_type"]?.stringValue ?? CredentialType.password.rawValue
        guard let type = CredentialType(rawValue: name) else { throw damaged }
        var config: [String: String] = [:]
        for (key, value) in json["credential_config"]?.objectValue?.members ?? [] {
            config[key] = value.stringValue ?? value.intValue.map(String.init)
        }
        do throws(PluginError) { try self.init(type, &config) } catch { throw damaged }
    }
}
