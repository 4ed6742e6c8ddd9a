import Certificates
import Cryptography
import JSON
import PluginSDK
import Testing

@testable import PKI

/// What a role writes into certificates, and what it takes of a request.
@Suite struct RoleRuleTests {
    private func made(_ role: JSONValue) throws -> PKIHarness {
        let pki = try PKIHarness()
        pki.root()
        check(pki.role("web", role), status: 200)
        return pki
    }

    @Test(
        "a common name is a host's or a mail address, as the role says",
        arguments: [
            (["email", "hostname"], [200, 200, 400]), (["hostname"], [200, 400, 400]),
            (["email"], [400, 200, 400]), (["disabled"], [200, 200, 200]),
        ] as [([String], [Int])])
    func commonName(forms: [String], statuses: [Int]) throws {
        let pki = try made(["cn_validations": .strings(forms), "allow_bare_domains": true])
        for (name, status) in zip(
            ["a.example.com", "a@example.com", "A name of a thing"], statuses)
        {
            check(pki.issue(name), status: status)
        }
    }

    @Test("a serial number of the subject comes from the request only where the role takes it")
    func serialNumber() throws {
        for (source, wanted) in [("json-csr", ["77"]), ("json", [])] {
            let pki = try made([
                "serial_number_source": .string(source), "allowed_serial_numbers": ["7*"],
            ])
            let key = try PrivateKey.generate(.p256)
            var subject = DistinguishedName()
            subject.append(.commonName, ["a.example.com"])
            subject.append(.nameSerialNumber, ["77"])
            let der = try SigningRequest.sign(subject: subject.der, extensions: [], with: key)
            let request = JSONValue.string(PEM.encode("CERTIFICATE REQUEST", der))
            let signed = try pki.post("sign/web", ["csr": request]).certificate()
            #expect(signed.subjectName?.values(.nameSerialNumber) == wanted)
            let own = try pki.post("sign/web", ["csr": request, "serial_number": "78"])
                .certificate()
            #expect(own.subjectName?.values(.nameSerialNumber) == ["78"])
            check(
                pki.post("sign/web", ["csr": request, "serial_number": "88"]), status: 400,
                error: "serial_number")
        }
    }

    @Test("names of a request do not count where the role says so")
    func requestNames() throws {
        let pki = try made(["use_csr_common_name": false, "use_csr_sans": false])
        let names = CertificateExtension.subjectAltName([.dns("b.example.com")], critical: false)
        let request = try csr("a.example.com", [names])
        let signed = try pki.post("sign/web", ["csr": request, "common_name": "c.example.com"])
            .certificate()
        #expect(signed.subjectName?.commonName == "c.example.com")
        #expect(signed.alternativeNames == [.dns("c.example.com")])
        check(pki.post("sign/web", ["csr": request]), status: 400, error: "common_name")
    }

    @Test("the beginning is the role's, and a client's only within its bounds")
    func notBefore() throws {
        let pki = try made(["not_before_duration": "2h", "not_before_bound": "duration"])
        let now: Int64 = 1_800_000_000
        let usual = try pki.issue("a.example.com").certificate()
        #expect(usual.notBefore.seconds == now - 7_200)
        func asked(_ seconds: Int64) -> PKIHarness.Reply {
            let time = CertificateTime(seconds: now + seconds).rfc3339
            return pki.issue("a.example.com", ["not_before": .string(time)])
        }
        #expect(try asked(-3_600).certificate().notBefore.seconds == now - 3_600)
        #expect(try asked(3_600).certificate().notBefore.seconds == now + 3_600)
        for seconds: Int64 in [-7_201, 7_201] {
            check(asked(seconds), status: 400, error: "not_before_duration")
        }
        check(pki.issue("a.example.com", ["not_before": "yesterday"]), status: 400)
    }

    @Test("the end is not after the time that the role names")
    func notAfter() throws {
        let pki = try made(["not_after_bound": "2027-02-01T00:00:00Z"])
        let good = pki.issue("a.example.com", ["not_after": "2027-01-31T00:00:00Z"])
        #expect(try good.certificate().notAfter.rfc3339 == "2027-01-31T00:00:00Z")
        check(
            pki.issue("a.example.com", ["not_after": "2027-02-01T00:00:01Z"]), status: 400,
            error: "not_after_bound")
        check(
            pki.issue("a.example.com", ["not_after": "2020-01-01T00:00:00Z"]), status: 400,
            error: "over already")
    }

    @Test("addresses are in the role's networks, wherever they are named")
    func networks() throws {
        let pki = try made(["allowed_ip_sans_cidr": ["10.1.2.3/8", "2001:db8::/32"]])
        let own: [UInt8] = [10, 9, 8, 7]
        let mapped = [UInt8](repeating: 0, count: 10) + [255, 255]
        for (text, bytes, status) in [
            ("10.9.8.7", own, 200), ("::ffff:10.9.8.7", mapped + own, 200),
            ("2001:db8::1", [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 1, count: 12), 200),
            ("11.0.0.1", [11, 0, 0, 1], 400), ("::ffff:11.0.0.1", mapped + [11, 0, 0, 1], 400),
            ("2001:db9::1", [0x20, 1, 0x0D, 0xB9] + [UInt8](repeating: 1, count: 12), 400),
        ] as [(String, [UInt8], Int)] {
            check(pki.issue("a.example.com", ["ip_sans": .string(text)]), status: status)
            let names = CertificateExtension.subjectAltName([.ip(bytes)], critical: false)
            let request = try csr("a.example.com", [names])
            check(pki.post("sign/web", ["csr": request]), status: status)
        }
        check(
            pki.role("bad", ["allowed_ip_sans_cidr": ["10.0.0.0/33"]]), status: 400,
            error: "no network")
        check(pki.role("bad", ["allowed_ip_sans_cidr": ["10.0.0.0"]]), status: 400)
    }

    @Test("purposes, policies and the subject are what the role says")
    func content() throws {
        let pki = try made([
            "key_usage": ["DigitalSignature", "CertSign"], "server_flag": false,
            "client_flag": false, "ext_key_usage": ["TimeStamping"],
            "ext_key_usage_oids": ["1.2.3.4"], "basic_constraints_valid_for_non_ca": true,
            "policy_identifiers": [
                "1.2.3", ["oid": "1.2.4", "cps": "https://example.com/cps", "notice": "Read it."],
            ], "country": ["DE", "FR"], "organization": ["O"], "ou": ["U"],
        ])
        let certificate = try pki.issue("a.example.com").certificate()
        #expect(certificate.keyUsage?.contains(.digitalSignature) == true)
        let purposes = ["1.3.6.1.5.5.7.3.8", "1.2.3.4"].compactMap { ObjectIdentifier($0) }
        #expect(certificate.extensions.contains(.extendedKeyUsage(purposes)))
        #expect(certificate.value(.basicConstraints) == [0x30, 0])
        let policies = try PolicyInformation.list(pki.get("roles/web")["policy_identifiers"])
        #expect(policies.count == 2)
        #expect(certificate.extensions.contains(.certificatePolicies(policies)))
        let subject = try #require(certificate.subjectName)
        #expect(Set(subject.values(.country)) == ["DE", "FR"])
        #expect(subject.values(.organization) == ["O"])
        #expect(subject.values(.organizationalUnit) == ["U"])
    }

    @Test(
        "policies come as a list, as its text, and as texts with commas",
        arguments: [
            (#"[{"oid":"1.3.6.1.4.1.7.8","notice":"x"}]"#, "x"),
            (#" {"oid":"1.3.6.1.4.1.7.8","notice":"x"}"#, "x"),
            (["{\"oid\":\"1.3.6.1.4.1.7.8\",\"notice\":\"x\"}"], "x"),
            (#"["1.3.6.1.4.1.7.8"]"#, ""), ("1.3.6.1.4.1.7.8, 1.2.3", ""),
        ] as [(JSONValue, String)])
    func policies(given: JSONValue, notice: String) throws {
        let pki = try made(["policy_identifiers": given])
        let kept = try PolicyInformation.list(pki.get("roles/web")["policy_identifiers"])
        let oid = try #require(ObjectIdentifier("1.3.6.1.4.1.7.8"))
        #expect(kept.first == PolicyInformation(oid: oid, cps: "", notice: notice))
        let certificate = try pki.issue("a.example.com").certificate()
        #expect(certificate.extensions.contains(.certificatePolicies(kept)))
    }

    @Test(
        "policies that cannot be read are refused", arguments: ["[{", "{}", "[1.2]", "x", "[[]]"])
    func noPolicies(text: String) throws {
        let pki = try made([:])
        check(pki.role("bad", ["policy_identifiers": .string(text)]), status: 400)
    }

    @Test("what a key of an authority does is left out of leaves, and that is said")
    func authoritiesUsage() throws {
        let pki = try PKIHarness()
        pki.root()
        let written = pki.role("web", ["key_usage": ["DigitalSignature", "CertSign", "CRLSign"]])
        #expect(written.warnings.contains { $0.contains("CertSign") })
        let reply = pki.issue("a.example.com")
        #expect(reply.warnings.contains { $0.contains("CertSign") })
        #expect(try reply.certificate().keyUsage == [.digitalSignature])
        #expect(pki.role("only", ["key_usage": ["certsign"]]).warnings.count == 1)
        #expect(try pki.issue("a.example.com", role: "only").certificate().keyUsage == nil)
        #expect(pki.role("well").warnings.isEmpty)
        #expect(pki.issue("a.example.com", role: "well").warnings.isEmpty)
        let verbatim = pki.post(
            "sign-verbatim", ["csr": try csr("a"), "key_usage": ["KeyAgreement", "CertSign"]])
        #expect(try verbatim.certificate().keyUsage == [.keyAgreement])
    }
}
