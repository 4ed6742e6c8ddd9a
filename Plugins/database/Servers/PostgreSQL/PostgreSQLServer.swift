// PostgreSQL: how it is reached.

import CPostgreSQL
import Paths
import PluginSDK

struct PostgreSQLServer: DatabaseServer {
    static let pluginNames = ["postgresql-database-plugin"]
    static let fields: [Field] =
        [
            .string(
                "connection_url",
                "How the server is reached: an address or a list of name=value. {{username}}, or "
                    + "{{name}}, and {{password}} in it stand for username and password."),
            .string("username", "The engine's own user."),
            .string("password", "Its password; it is never shown."),
            .string("username_template", "Template of the names of users."),
            .boolean(
                "disable_escaping", default: false,
                "Put username and password into connection_url as they are."),
            .string(
                "password_authentication", default: "password",
                "password, or scram-sha-256: the server is sent passwords' digests only."),
            .string("tls_ca", "Certificates in PEM that the server's is checked against."),
            .string(
                "tls_certificate",
                "The engine's own certificate in PEM, and those above it after it."),
            .string("private_key", "Its key in PEM; it is never shown."),
        ] + PoolBounds.fields
    static let secretFields = ["password", "private_key"]
    static let maxUsernameBytes = 63
    static let dropsTogether = Limits.dropsTogether
    static let credentialTypes = CredentialType.allCases
    static let defaultUsernameTemplate =
        "{{ printf \"v-%s-%s-%s-%s\" (.DisplayName | truncate 8) (.RoleName | truncate 8) "
        + "(random 20) (unix_time) | truncate 63 }}"

    let bounds: PoolBounds
    let rootUsername: String?
    private let url: String
    private let username: String
    private let disablesEscaping: Bool
    private let hashesPasswords: Bool
    private let certificates: String
    private let identity: ClientIdentity?

    init(_ settings: FieldValues) throws(PluginError) {
        bounds = try PoolBounds(settings)
        url = settings.string("connection_url") ?? ""
        guard !url.isEmpty else {
            throw PluginError(.invalidRequest, "connection_url cannot be empty")
        }
        username = settings.string("username") ?? ""
        disablesEscaping = settings.boolean("disable_escaping") ?? false
        certificates = try Authorities.read(settings, "tls_ca")
        switch settings.string("password_authentication") ?? "" {
        case "", "password": hashesPasswords = false
        case "scram-sha-256": hashesPasswords = true
        default:
            throw PluginError(
                .invalidRequest, "password_authentication must be password or scram-sha-256")
        }
        identity = try ClientIdentity.read(
            certificate: ("tls_certificate", settings.string("tls_certificate") ?? ""),
            key: ("private_key", settings.string("private_key") ?? ""))
        rootUsername = url.contains("{{password}}") ? username : nil
        _ = try parameters(password: settings.string("password") ?? "").get()
    }

    /// What libpq is told, in its own words.
    private func parameters(
        password: String
    ) -> Result<[(name: String, value: String)], PluginError> {
        let values = ConnectionText.values(username: username, password: password)
        var text = url
        if disablesEscaping { text = text.replacingAll(values) }
        // libpq's own words about a string that it cannot read quote it.
        guard let list = ConnectionParameters(parsing: text) else {
            return .failure(
                PluginError(.invalidRequest, "connection_url is no connection string"))
        }
        // Taken apart first and filled in then: no value can become another parameter.
        var parameters = list.pairs.map { pair in
            var value = pair.value
            if !disablesEscaping { value = value.replacingAll(values) }
            return (name: pair.name, value: value)
        }
        if !parameters.contains(where: { $0.name == "application_name" }) {
            parameters.append(("application_name", "coffer"))
        }
        // Asked for by default, it reads Kerberos' files, which are none of ours.
        if !parameters.contains(where: { $0.name == "gssencmode" }) {
            parameters.append(("gssencmode", "disable"))
        }
        if let problem = secure(&parameters) { return .failure(problem) }
        parameters.removeAll { ["connect_timeout", "client_encoding"].contains($0.name) }
        parameters.append(("connect_timeout", String(Limits.connectSeconds)))
        parameters.append(("client_encoding", "UTF8"))
        guard parameters.allSatisfy({ !$0.value.utf8.contains(0) }) else {
            return .failure(PluginError(.invalidRequest, "connection_url contains a NUL"))
        }
        return .success(parameters)
    }

    /// Who gives certificates means them: without a word about it the server is verified, and what
    /// would go on without TLS is refused.
    private func secure(_ parameters: inout [(name: String, value: String)]) -> PluginError? {
        let mode = parameters.last { $0.name == "sslmode" }?.value ?? ""
        if !certificates.isEmpty || identity != nil {
            if mode.isEmpty { parameters.append(("sslmode", "verify-full")) }
            guard ["", "require", "verify-ca", "verify-full"].contains(mode) else {
                return PluginError(
                    .invalidRequest,
                    "tls_ca and tls_certificate need sslmode=require, verify-ca or verify-full in "
                        + "connection_url, or none")
            }
        }
        let verifies = ["verify-ca", "verify-full"].contains(
            parameters.last { $0.name == "sslmode" }?.value ?? "")
        if verifies, !parameters.contains(where: { $0.name == "sslrootcert" }) {
            parameters.append(("sslrootcert", Authorities.systemFile))
        }
        return nil
    }

    func connect(password: String) throws(DatabaseError) -> any DatabaseSession {
        guard case .success(var parameters) = parameters(password: password) else {
            throw DatabaseError(.invalid, "connection_url is no connection string")
        }
        let pipe = certificates.isEmpty ? nil : CertificatePipe(certificates)
        if !certificates.isEmpty {
            guard let pipe else {
                throw DatabaseError(.unreachable, "the certificates cannot be handed over")
            }
            parameters.removeAll { $0.name == "sslrootcert" }
            parameters.append(("sslrootcert", pipe.path))
        }
        let secrets = [password] + parameters.filter { $0.name.contains("password") }.map(\.value)
        let session = try PostgreSQLSession(
            parameters, identity, redaction: Redaction(secrets), hashesPasswords: hashesPasswords)
        withExtendedLifetime(pipe) {}
        return session
    }
}

/// A connection string, taken apart by libpq.
private struct ConnectionParameters {
    let pairs: [(name: String, value: String)]

    init?(parsing text: String) {
        guard !text.utf8.contains(0), let options = PQconninfoParse(text, nil) else { return nil }
        defer { PQconninfoFree(options) }
        var pairs: [(name: String, value: String)] = []
        var option = options
        while let name = option.pointee.keyword {
            if let value = option.pointee.val {
                pairs.append((String(cString: name), String(cString: value)))
            }
            option += 1
        }
        self.pairs = pairs
    }
}
