import Certificates
import Cryptography
import JSON
import PluginTesting
import Testing

@testable import PKI

@Suite struct SignTests {
    private func made() throws -> PKIHarness {
        let pki = try PKIHarness()
        pki.root()
        pki.role()
        return pki
    }

    @Test("a request is signed for its key, and its names count by default")
    func sign() throws {
        let pki = try made()
        let key = try PrivateKey.generate(.p384)
        let names: [GeneralName] = [.dns("a.example.com"), .ip([10, 0, 0, 1])]
        let reply = pki.post(
            "sign/web",
            [
                "csr": try csr(
                    "a.example.com", key: key, [.subjectAltName(names, critical: false)]),
                "common_name": "ignored.example.com",
            ])
        check(reply, status: 200)
        let certificate = try reply.certificate()
        #expect(certificate.hasKey(of: key))
        #expect(certificate.subjectName?.commonName == "a.example.com")
        #expect(Set(certificate.alternativeNames) == Set(names))
        #expect(reply["private_key"] == nil)
    }

    @Test("names of a request are asked of the role like any other")
    func unaskedNames() throws {
        let pki = try made()
        let own = try #require(ObjectIdentifier("1.2.3.4"))
        for name: GeneralName in [
            .dns("a.example.org"), .email("root@example.org"), .uri("https://a.example.org/"),
            .other(own, "x"),
            .unknown(tag: 0xA4, content: [0x30, 0]), .ip([1, 2, 3]),
        ] {
            let reply = pki.post(
                "sign/web",
                ["csr": try csr("a.example.com", [.subjectAltName([name], critical: false)])])
            check(reply, status: 400)
        }
        check(pki.post("sign/web", ["csr": try csr("a.example.org")]), status: 400)
    }

    @Test("extensions that a request asks for are not there unless the role has them")
    func unaskedExtensions() throws {
        let pki = try made()
        let own = try #require(ObjectIdentifier("1.3.6.1.4.1.99999.1"))
        let asked: [CertificateExtension] = [
            .basicConstraints(isAuthority: true, pathLength: nil),
            .keyUsage([.certSign, .crlSign]), CertificateExtension(own, critical: true, [5, 0]),
        ]
        let reply = pki.post("sign/web", ["csr": try csr("a.example.com", asked)])
        check(reply, status: 200)
        let certificate = try reply.certificate()
        #expect(!certificate.authority.isAuthority)
        #expect(certificate.keyUsage?.contains(.certSign) == false)
        #expect(certificate.value(own) == nil)
        #expect(reply.warnings.count == 1)
    }

    @Test("verbatim takes over what was asked for, and still makes no authority")
    func verbatim() throws {
        let pki = try made()
        let own = try #require(ObjectIdentifier("1.3.6.1.4.1.99999.1"))
        let asked: [CertificateExtension] = [
            .basicConstraints(isAuthority: true, pathLength: nil),
            .keyUsage([.certSign, .digitalSignature]), CertificateExtension(own, [5, 0]),
            .subjectAltName([.dns("anything.at.all")], critical: false),
        ]
        for path in ["sign-verbatim", "sign-verbatim/web", "issuer/default/sign-verbatim"] {
            let reply = pki.post(path, ["csr": try csr("Some Body", asked)])
            check(reply, status: 200)
            let certificate = try reply.certificate()
            #expect(certificate.subjectName?.commonName == "Some Body")
            #expect(certificate.alternativeNames == [.dns("anything.at.all")])
            #expect(certificate.value(own) == [5, 0])
            #expect(!certificate.authority.isAuthority)
            #expect(certificate.keyUsage == [.digitalSignature])
        }
    }

    @Test("a request with a broken signature, a weak key, or another kind of key is refused")
    func badRequests() throws {
        let pki = try made()
        let good = try csr("a.example.com").stringValue ?? ""
        var der = try #require(PEM.decode(good)?.first).der
        der[der.count - 1] ^= 1
        check(
            pki.post("sign/web", ["csr": .string(PEM.encode("CERTIFICATE REQUEST", der))]),
            status: 400)
        check(
            pki.post(
                "sign/web",
                ["csr": try csr("a.example.com", key: try PrivateKey.generate(.ed25519))]),
            status: 400, error: "role requires keys of type ec")
        pki.role("strong", ["key_bits": 384])
        check(
            pki.post("sign/strong", ["csr": try csr("a.example.com")]), status: 400,
            error: "minimum of a 384-bit key")
        for text in ["", "x", good + good, PEM.encode("CERTIFICATE", der)] {
            check(pki.post("sign/web", ["csr": .string(text)]), status: 400)
        }
        check(pki.post("sign/web", [:]), status: 400)
        check(pki.post("sign/web", ["csr": .string(weakRequest)]), status: 400, error: "supported")
    }

    @Test("no byte of a request that is changed or missing is a trap")
    func fuzzed() throws {
        let pki = try made()
        let text = try csr("a.example.com").stringValue ?? ""
        let der = try #require(PEM.decode(text)?.first).der
        for place in der.indices {
            var changed = der
            changed[place] = ~changed[place]
            let reply = pki.post(
                "sign/web", ["csr": .string(PEM.encode("CERTIFICATE REQUEST", changed))])
            #expect(reply.status == 400 || reply.status == 500)
            let cut = PEM.encode("CERTIFICATE REQUEST", Array(der[..<place]))
            check(pki.post("sign/web", ["csr": .string(cut)]), status: 400)
        }
    }

    /// RSA with 1024 bits, made by openssl.
    private let weakRequest = """
        -----BEGIN CERTIFICATE REQUEST-----
        MIIBVzCBwQIBADAYMRYwFAYDVQQDDA1hLmV4YW1wbGUuY29tMIGfMA0GCSqGSIb3
        DQEBAQUAA4GNADCBiQKBgQC68gVLnNzbmSohHmNx6lCLbUlToEykSJurLBlu6x8+
        h07dRkTESyzd2lcX3wwmlxb8iA25W2Q1jxGCGcDEZHFbvOvZqsg9QWnXU9Y1xg64
        Z/LRc7k5clkJA6gzLNtEbYagJEvRlMeywDHswsK4zgCfEFZi7/nAOqgRg8BNh/wQ
        hwIDAQABoAAwDQYJKoZIhvcNAQELBQADgYEAK5l2Qz4f93A+lvvCm7POqhdtifg4
        c3xFZC+y87TnsNfEW7FWnWUxgt7bDqTIY/XY+/gdq0rsfe/ZkaCpW5q8U3f7mI29
        EQLQaTfzkD+cQE/FRWvQLoAG2BGFYCG0hM8eg/gmPisb30vlViwLeNNk5Lx1SDXA
        iOGL1oLXta1Yt+Y=
        -----END CERTIFICATE REQUEST-----
        """
}
