// Where identities in memory come from: an engine's answer, or the server itself.

internal import Certificates
internal import Clock
internal import Cryptography
internal import HTTPAPI
internal import JSON
internal import Kernel
internal import Network

extension ServerIdentity {
    /// From `certificate`, `ca_chain` and `private_key` of an engine's answer, all in PEM. The
    /// engine is a stranger: what does not fit together is refused.
    init(answer data: [UInt8], now: Timestamp) throws(BackendFailure) {
        guard let answer = try? JSONValue(parsing: data) else { throw Self.unusable("no JSON") }
        guard let certificate = answer["certificate"]?.stringValue.flatMap(PEM.decode),
            certificate.count == 1
        else { throw Self.unusable("no certificate in PEM") }
        guard let own = try? Certificate(der: certificate[0].der), own.hasKeyForTLS else {
            throw Self.unusable("a certificate whose key TLS 1.3 cannot sign with")
        }
        var chain = [own.der]
        for text in answer["ca_chain"]?.arrayValue ?? [] {
            guard let blocks = text.stringValue.flatMap(PEM.decode) else {
                throw Self.unusable("no chain in PEM")
            }
            chain += blocks.map(\.der)
        }
        guard var key = answer["private_key"]?.stringValue.flatMap(PEM.decode), key.count == 1
        else { throw Self.unusable("no private key in PEM") }
        do throws(ListenerError) {
            self = try Self(chain: chain, privateKey: SecretBytes(erasing: &key[0].der))
        } catch { throw Self.unusable(error.message) }
        guard facts.endsAt > now else { throw Self.unusable("a certificate that has ended") }
    }

    private static func unusable(_ what: String) -> BackendFailure {
        BackendFailure(.upstreamFailed, "the engine's answer cannot be used: \(what)")
    }

    /// Signed by itself, for the time until one is issued: clients can trust it by its fingerprint
    /// only.
    static func selfSigned(
        _ issue: TLSIssueConfiguration, now: Timestamp
    ) throws(StartError) -> ServerIdentity {
        do {
            let key = try PrivateKey.generate(.p256)
            var name = DistinguishedName()
            name.append(.commonName, [issue.commonName])
            var serial = SecureRandom.bytes(16)
            serial[0] = serial[0] & 0x3F | 0x40
            var template = CertificateTemplate(
                serial: serial, issuer: name.der, subject: name.der,
                notBefore: CertificateTime(now).adding(seconds: -60),
                notAfter: CertificateTime(now).adding(seconds: 365 * 86_400),
                publicKey: key.publicPart)
            template.extensions = [.subjectAltName(issue.generalNames, critical: false)]
            if let serving = ExtendedKeyUsage.oid("ServerAuth") {
                template.extensions.append(.extendedKeyUsage([serving]))
            }
            return try ServerIdentity(
                chain: [try template.sign(with: key)], privateKey: try key.sec1())
        } catch {
            throw StartError("no certificate for the start could be made: \(error)")
        }
    }
}

extension Certificate {
    /// With any other, the certificate would be taken and every handshake fail.
    fileprivate var hasKeyForTLS: Bool {
        switch try? publicKey().kind {
        case .rsa, .p256, .p384, .p521, .ed25519: true
        case .p224, nil: false
        }
    }
}

extension TLSIssueConfiguration {
    fileprivate var generalNames: [GeneralName] {
        ([commonName] + alternativeNames + ipAddresses).map { text in
            IPAddress(text).map { .ip($0.octets) } ?? .dns(text)
        }
    }

    /// What an engine is asked.
    var request: OwnRequest {
        var body: [(String, JSONValue)] = [("common_name", .string(commonName))]
        if !alternativeNames.isEmpty {
            body.append(("alt_names", .string(alternativeNames.joined(separator: ","))))
        }
        if !ipAddresses.isEmpty {
            body.append(("ip_sans", .string(ipAddresses.joined(separator: ","))))
        }
        if let ttlSeconds { body.append(("ttl", .string("\(ttlSeconds)s"))) }
        return OwnRequest(
            namespace: namespace, path: path, data: JSONValue.object(JSONObject(body)).encoded(),
            purpose: "listener certificate")
    }
}

extension IPAddress {
    fileprivate var octets: [UInt8] {
        stride(from: bitCount - 8, through: 0, by: -8).map {
            UInt8(truncatingIfNeeded: bits >> UInt128($0))
        }
    }
}
