import Certificates
import Cryptography
import JSON
import PluginTesting
import Testing

@testable import PKI

/// What `use_csr_values` takes from the request of an authority, and what stays the issuer's.
@Suite struct SignIntermediateTests {
    private func bounds(_ names: [GeneralName]) -> NameConstraints {
        var constraints = NameConstraints()
        constraints.permitted = names
        return constraints
    }

    private func sign(
        _ pki: PKIHarness, _ extensions: [CertificateExtension], _ more: JSONValue = [:]
    ) throws -> PKIHarness.Reply {
        var data = more
        data["csr"] = try csr("second.example.com", extensions)
        if data["use_csr_values"] == nil { data["use_csr_values"] = true }
        return pki.post("root/sign-intermediate", data)
    }

    @Test("the bounds that a request asks for are the certificate's")
    func asked() throws {
        let pki = try PKIHarness()
        pki.root()
        let constraints = bounds([.dns("example.com")])
        let loose = CertificateExtension(.nameConstraints, constraints.asExtension.value)
        let server = try #require(ObjectIdentifier("1.3.6.1.5.5.7.3.1"))
        let reply = try sign(
            pki,
            [
                .basicConstraints(isAuthority: true, pathLength: 0), loose,
                .keyUsage([.digitalSignature, .contentCommitment]), .extendedKeyUsage([server]),
            ], ["ext_key_usage": "ClientAuth", "key_usage": "KeyAgreement"])
        check(reply, status: 200)
        let made = try reply.certificate()
        #expect(made.authority.isAuthority && made.authority.pathLength == 0)
        let bound = try #require(made.extensions.first { $0.oid == .nameConstraints })
        #expect(bound == constraints.asExtension)
        #expect(made.keyUsage == [.certSign, .crlSign, .digitalSignature, .contentCommitment])
        let purposes = CertificateExtension.extendedKeyUsage([server])
        #expect(made.value(.extendedKeyUsage) == purposes.value)
    }

    @Test("parameters count where the request is silent, and everywhere if it does not count")
    func parameters() throws {
        let pki = try PKIHarness()
        pki.root()
        let client = try #require(ObjectIdentifier("1.3.6.1.5.5.7.3.2"))
        let more: JSONValue = [
            "ext_key_usage": "ClientAuth", "key_usage": "DigitalSignature",
            "permitted_dns_domains": "example.com", "max_path_length": 1,
        ]
        let silent = try sign(pki, [], more)
        var ignored = more
        ignored["use_csr_values"] = false
        ignored["common_name"] = "Second"
        let unheard = try sign(
            pki,
            [
                .basicConstraints(isAuthority: true, pathLength: 0), .keyUsage([.keyAgreement]),
                bounds([.dns("example.org")]).asExtension,
            ], ignored)
        for reply in [silent, unheard] {
            check(reply, status: 200)
            let made = try reply.certificate()
            #expect(made.keyUsage == [.certSign, .crlSign, .digitalSignature])
            #expect(made.authority.pathLength == 1)
            #expect(
                made.value(.extendedKeyUsage)
                    == CertificateExtension.extendedKeyUsage([client]).value)
            #expect(
                made.value(.nameConstraints) == bounds([.dns("example.com")]).asExtension.value)
        }
    }

    @Test("of two path lengths the shorter counts", arguments: [(0, 2), (2, 0), (0, -1)])
    func shorter(asked: Int, parameter: Int) throws {
        let pki = try PKIHarness()
        pki.root()
        let reply = try sign(
            pki, [.basicConstraints(isAuthority: true, pathLength: asked)],
            ["max_path_length": .int(parameter)])
        check(reply, status: 200)
        #expect(try reply.certificate().authority.pathLength == 0)
    }

    @Test("the issuer's own bounds hold, whatever is asked for")
    func issuers() throws {
        let pki = try PKIHarness()
        pki.root(
            "Root",
            [
                "max_path_length": 1, "permitted_dns_domains": "example.com",
                "exclude_cn_from_sans": true,
            ])
        let long = [CertificateExtension.basicConstraints(isAuthority: true, pathLength: 1)]
        check(try sign(pki, long), status: 400, error: "path length must be less")
        let unbounded = try sign(pki, [.basicConstraints(isAuthority: true, pathLength: nil)])
        #expect(try unbounded.certificate().authority.pathLength == 0)
        let outside = CertificateExtension.subjectAltName([.dns("a.example.org")], critical: false)
        check(try sign(pki, [outside]), status: 400, error: "name constraints")
    }

    @Test("constraints that contradict the parameters, or cannot be read, are refused")
    func refused() throws {
        let pki = try PKIHarness()
        pki.root()
        let own = bounds([.dns("example.com")]).asExtension
        check(
            try sign(pki, [own], ["permitted_dns_domains": "example.org"]), status: 400,
            error: "given by one of the two")
        check(try sign(pki, [own], ["permitted_dns_domains": "example.com"]), status: 200)
        for oid in [ObjectIdentifier.nameConstraints, .basicConstraints] {
            let broken = CertificateExtension(oid, [0x30, 0x03, 0x02, 0x01])
            check(try sign(pki, [broken]), status: 400)
        }
    }
}
