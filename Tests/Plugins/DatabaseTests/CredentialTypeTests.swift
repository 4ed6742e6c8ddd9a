// Key pairs and client certificates as credentials, as far as it does not take a server.

import Certificates
import Cryptography
import JSON
import Paths
import PluginSDK
import PluginTesting
import Synchronization
import Testing

@testable import Database

/// An authority as an operator brings it.
private struct TestAuthority {
    let certificate: String
    let key: String

    init(_ kind: KeyKind = .p256, isAuthority: Bool = true, validSeconds: Int64 = 86_400) throws {
        let key = try PrivateKey.generate(kind)
        var name = DistinguishedName()
        name.append(.commonName, ["test authority"])
        let start = CertificateTime(FakeMount.start).adding(seconds: -86_400)
        var template = CertificateTemplate(
            serial: CertificateTemplate.randomSerial(), issuer: name.der, subject: name.der,
            notBefore: start, notAfter: start.adding(seconds: 86_400 + validSeconds),
            publicKey: key.publicPart)
        template.extensions = [.basicConstraints(isAuthority: isAuthority, pathLength: nil)]
        certificate = PEM.text("CERTIFICATE", try template.sign(with: key))
        self.key = try key.pem(isPKCS8: false)
    }

    func config(_ more: JSONObject = [:]) -> JSONValue {
        var config: JSONObject = [
            "ca_cert": .string(certificate), "ca_private_key": .string(key), "key_type": "ec",
            "key_bits": 256,
        ]
        for (key, value) in more.members { config[key] = value }
        return .object(config)
    }
}

@Suite struct CredentialTypeTests {
    private static func role(
        _ mount: FakeMount, _ type: String, _ config: JSONValue? = nil
    ) throws {
        var settings: JSONObject = ["credential_type": .string(type)]
        if let config { settings["credential_config"] = config }
        try mount.role("app", settings)
    }

    @Test("the server is told the public key of the private key that is given out")
    func keyPair() throws {
        let mount = try FakeMount()
        try Self.role(mount, "rsa_private_key", ["key_bits": "3072", "format": "pkcs8"])
        let answer = try mount.harness.call(.read, "creds/app").json
        let text = try #require(answer["rsa_private_key"]?.stringValue)
        #expect(text.hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
        #expect(answer["password"] == nil)
        let key = try PrivateKey.read(pem: text)
        #expect(key.kind == .rsa(bits: 3_072))
        let user = try #require(answer["username"]?.stringValue)
        let told = try #require(mount.database.users[user])
        #expect(try told == RSACredential.publicKey(of: text))
        let shown = try mount.harness.call(.read, "roles/app").json
        #expect(shown["credential_config"] == ["format": "pkcs8", "key_bits": 3072])
    }

    @Test(
        "a client certificate is the authority's, for the user, and ends with the lease",
        arguments: [("ec", 384), ("rsa", 2048), ("ed25519", 0)])
    func certificate(type: String, bits: Int) throws {
        let mount = try FakeMount()
        let authority = try TestAuthority(bits == 2048 ? .ed25519 : .rsa(bits: 2048))
        try Self.role(
            mount, "client_certificate",
            authority.config([
                "key_type": .string(type), "key_bits": .int(bits), "signature_bits": 384,
            ]))
        let answer = try mount.harness.call(.read, "creds/app").json
        let user = try #require(answer["username"]?.stringValue)
        let text = try #require(answer["client_certificate"]?.stringValue)
        let certificate = try #require(try Certificate.readAll(pem: text).first)
        let issuer = try #require(try Certificate.readAll(pem: authority.certificate).first)
        #expect(certificate.isSigned(by: issuer))
        #expect(certificate.subjectName?.commonName == user)
        #expect(certificate.keyUsage == [.digitalSignature])
        #expect(certificate.extendedKeyUsage == [ExtendedKeyUsage.oid("ClientAuth")])
        #expect(!certificate.authority.isAuthority)
        #expect(certificate.notAfter.seconds == FakeMount.start.seconds + 3_605)
        #expect(answer["private_key_type"]?.stringValue == type)
        let key = try PrivateKey.read(pem: try #require(answer["private_key"]?.stringValue))
        #expect(certificate.hasKey(of: key))
        #expect(certificate.keyDescription?.type == type)
        #expect(mount.database.users[user] == "CN=\(user)")
        #expect(answer["password"] == nil)
    }

    @Test("the common name may be another than the user's, and cannot become two names")
    func commonName() throws {
        let mount = try FakeMount()
        let authority = try TestAuthority()
        try Self.role(
            mount, "client_certificate",
            authority.config(["common_name_template": "{{ .RoleName }},O=admins"]))
        let answer = try mount.harness.call(.read, "creds/app").json
        let user = try #require(answer["username"]?.stringValue)
        #expect(mount.database.users[user] == #"CN=app\,O=admins"#)
        let text = try #require(answer["client_certificate"]?.stringValue)
        let certificate = try #require(try Certificate.readAll(pem: text).first)
        #expect(certificate.subjectName?.parts.count == 1)
        #expect(certificate.subjectName?.commonName == "app,O=admins")
    }

    @Test("the authority's key is in storage and in no answer, and outlives a change of the role")
    func secretKey() throws {
        let mount = try FakeMount()
        let authority = try TestAuthority()
        try Self.role(mount, "client_certificate", authority.config())
        let shown = try mount.harness.call(.read, "roles/app")
        #expect(!String(decoding: shown.data, as: UTF8.self).contains("PRIVATE KEY"))
        #expect(
            try shown.json["credential_config"]?["ca_cert"]?.stringValue == authority.certificate)
        try mount.role("app", ["default_ttl": "10m"])
        mount.restart()
        let answer = try mount.harness.call(.read, "creds/app").json
        #expect(answer["client_certificate"] != nil)
        // Back to passwords: the key is gone.
        try Self.role(mount, "password")
        let entry = try #require(mount.harness.storage["role/app"])
        #expect(!String(decoding: entry, as: UTF8.self).contains("PRIVATE KEY"))
    }

    @Test("an authority's certificate that has ended certifies nobody")
    func ended() throws {
        let mount = try FakeMount()
        try Self.role(
            mount, "client_certificate", TestAuthority(validSeconds: 60).config())
        let answer = try mount.harness.call(.read, "creds/app").json
        let text = try #require(answer["client_certificate"]?.stringValue)
        let certificate = try #require(try Certificate.readAll(pem: text).first)
        #expect(certificate.notAfter.seconds == FakeMount.start.seconds + 60)
        mount.pass(seconds: 61)
        let users = mount.database.users
        #expect(throws: PluginError(.invalidRequest, "")) {
            try mount.harness.call(.read, "creds/app")
        }
        #expect(mount.database.users == users)
    }

    @Test("settings that cannot be meant are refused, and no key is repeated")
    func refused() throws {
        let mount = try FakeMount()
        let authority = try TestAuthority()
        let other = try TestAuthority()
        let leaf = try TestAuthority(isAuthority: false)
        let cases: [(String, JSONValue?)] = [
            ("ssh_key", nil), ("Password", nil), ("password", ["key_bits": 2048]),
            ("rsa_private_key", ["key_bits": 1024]), ("rsa_private_key", ["key_bits": 8192]),
            ("rsa_private_key", ["key_bits": "many"]), ("rsa_private_key", ["format": "der"]),
            ("rsa_private_key", ["ca_cert": "x"]), ("client_certificate", nil),
            ("client_certificate", authority.config(["key_type": "dsa"])),
            ("client_certificate", authority.config(["key_type": ""])),
            ("client_certificate", authority.config(["key_bits": 2048])),
            ("client_certificate", authority.config(["key_type": "rsa", "key_bits": 1024])),
            ("client_certificate", authority.config(["signature_bits": 100])),
            ("client_certificate", authority.config(["ca_private_key": .string(other.key)])),
            ("client_certificate", authority.config(["ca_private_key": "sEcrEt"])),
            ("client_certificate", authority.config(["ca_private_key": ""])),
            ("client_certificate", authority.config(["ca_cert": .string(other.certificate)])),
            (
                "client_certificate",
                authority.config(["ca_cert": .string(authority.certificate + "\n" + other.key)])
            ),
            ("client_certificate", authority.config(["common_name_template": "{{ nonsense }}"])),
            ("client_certificate", authority.config(["ttl": "1h"])),
            ("client_certificate", leaf.config()),
        ]
        for (type, config) in cases {
            do {
                try Self.role(mount, type, config)
                Issue.record("it was taken: \(type) \(String(describing: config))")
            } catch let error as PluginError {
                #expect(error.code == .invalidRequest)
                #expect(!error.message.contains("sEcrEt") && !error.message.contains("PRIVATE"))
            }
        }
    }

    @Test("a password policy of the role is instead of the connection's")
    func policy() throws {
        let mount = try FakeMount(["password_policy": "long"])
        mount.harness.storage.passwords = { "made by \($0)" }
        try Self.role(mount, "password", ["password_policy": "own"])
        let answer = try mount.harness.call(.read, "creds/app").json
        #expect(answer["password"]?.stringValue == "made by own")
    }

    @Test("a static role's key pair rotates, and the one that the server has can be read")
    func staticRole() throws {
        let mount = try FakeMount()
        mount.database.state.withLock { $0.users["app"] = "by hand" }
        var body: JSONObject = [
            "db_name": "db", "username": "app", "rotation_period": "1h",
            "credential_type": "rsa_private_key",
        ]
        // There is no usual way to set a key.
        #expect(throws: PluginError(.invalidRequest, "")) {
            try mount.harness.call(.update, "static-roles/app", .object(body))
        }
        body["rotation_statements"] = "set it"
        try mount.harness.call(.update, "static-roles/app", .object(body))
        func read() throws -> String {
            let shown = try mount.harness.call(.read, "static-creds/app").json
            #expect(shown["password"] == nil)
            return try #require(shown["rsa_private_key"]?.stringValue)
        }
        let first = try read()
        #expect(try mount.database.users["app"] == RSACredential.publicKey(of: first))
        // The server has the new key, but nobody has heard of it.
        mount.database.state.withLock { $0.losesAnswers = true }
        #expect(throws: PluginError.self) { try mount.harness.call(.update, "rotate-role/app") }
        mount.database.state.withLock { $0.losesAnswers = false }
        mount.restart()
        let second = try read()
        #expect(second != first)
        #expect(try mount.database.users["app"] == RSACredential.publicKey(of: second))
        body["credential_type"] = "password"
        #expect(throws: PluginError(.invalidRequest, "")) {
            try mount.harness.call(.update, "static-roles/app", .object(body))
        }
        body["credential_type"] = "client_certificate"
        #expect(throws: PluginError(.invalidRequest, "")) {
            try mount.harness.call(.update, "static-roles/new", .object(body))
        }
    }

    private static let subjectForms: [(name: String, text: String, line: String)] = [
        ("app", "CN=app", "/CN=app"), (" a, b ", #"CN=\ a\, b\ "#, "/CN= a, b "),
        ("#1", ##"CN=\#1"##, "/CN=#1"), ("ä", "CN=ä", #"/CN=\xC3\xA4"#),
        ("a\nb", "CN=a\nb", #"/CN=a\x0Ab"#),
    ]

    @Test("subjects are written as the servers write them", arguments: subjectForms)
    func subjects(form: (name: String, text: String, line: String)) {
        #expect(CertificateSubject(commonName: form.name).text == form.text)
        #expect(CertificateSubject(commonName: form.name).line == form.line)
    }
}
