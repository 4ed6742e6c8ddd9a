import Certificates
import Clock
import Cryptography
import HTTPAPI
import JSON
import Kernel
import Testing

@testable import Daemon

@Suite struct ServerIdentityTests {
    private let issue: TLSIssueConfiguration

    init() {
        var issue = TLSIssueConfiguration(path: "ca/issue/own", commonName: "coffer.example.com")
        issue.alternativeNames = ["other.example.com", "third.example.com"]
        issue.ipAddresses = ["10.0.0.1", "2001:db8::1"]
        issue.ttlSeconds = 3600
        self.issue = issue
    }

    /// A certificate with its key, as an engine would answer.
    private func answer(
        endsAt: Int64 = 4_000_000_000, _ kind: KeyKind = .p256
    ) throws -> JSONObject {
        let key = try PrivateKey.generate(kind)
        var name = DistinguishedName()
        name.append(.commonName, ["a"])
        let template = CertificateTemplate(
            serial: [7], issuer: name.der, subject: name.der,
            notBefore: CertificateTime(seconds: 0), notAfter: CertificateTime(seconds: endsAt),
            publicKey: key.publicPart)
        let certificate = PEM.encode("CERTIFICATE", try template.sign(with: key))
        return [
            "certificate": .string(certificate), "ca_chain": [.string(certificate)],
            "private_key": .string(
                PEM.encode("EC PRIVATE KEY", try key.sec1().exposedBytes())),
        ]
    }

    private func identity(_ answer: JSONObject) throws(BackendFailure) -> ServerIdentity {
        try ServerIdentity(
            answer: JSONValue.object(answer).encoded(), now: Timestamp(seconds: 1_000_000_000))
    }

    @Test("certificate, chain and key of an answer become an identity; a chain may be missing")
    func answers() throws {
        var answer = try answer()
        #expect(try identity(answer).facts.serial == "07")
        #expect(try identity(answer).facts.endsAt.seconds == 4_000_000_000)
        answer["ca_chain"] = nil
        #expect(try identity(answer).facts.fingerprint.split(separator: ":").count == 32)
    }

    @Test("an answer that cannot be served with is refused, and says nothing of the key")
    func refused() throws {
        let good = try answer()
        let other = try answer()
        var cases: [JSONObject] = []
        for (name, values) in [
            ("certificate", [.null, "", "rubbish", other["private_key"], ["a"]]),
            ("ca_chain", [["rubbish"], [7], [other["private_key"] ?? .null]]),
            ("private_key", [.null, "", "rubbish", other["certificate"]]),
        ] as [(String, [JSONValue?])] {
            for value in values {
                var broken = good
                broken[name] = value
                cases.append(broken)
            }
        }
        cases.append(try answer(endsAt: 999_999_999))
        cases.append(try answer(.p224))
        let secret = try #require(good["private_key"]?.stringValue?.split(separator: "\n")[1])
        for broken in cases {
            let failure = #expect(throws: BackendFailure.self) { try identity(broken) }
            #expect(failure?.message.contains(secret) == false)
        }
        #expect(throws: BackendFailure.self) {
            try ServerIdentity(answer: Array("no JSON".utf8), now: .now)
        }
    }

    @Test("the certificate for the start has all names and addresses, and is another each time")
    func selfSigned() throws {
        let one = try ServerIdentity.selfSigned(issue, now: .now)
        let other = try ServerIdentity.selfSigned(issue, now: .now)
        #expect(one.facts.fingerprint != other.facts.fingerprint)
        #expect(one.facts.endsAt > Timestamp.now)
    }

    @Test("an engine is asked for all that the configuration names")
    func request() throws {
        let request = issue.request
        #expect(request.path == "ca/issue/own" && request.namespace.isEmpty)
        #expect(
            try JSONValue(parsing: request.data) == [
                "common_name": "coffer.example.com",
                "alt_names": "other.example.com,third.example.com",
                "ip_sans": "10.0.0.1,2001:db8::1", "ttl": "3600s",
            ])
    }
}
