import Clock
import Cryptography
import JSON
import Testing

@testable import Transit

@Suite struct CertificateTests {
    @Test(
        "a certificate request is signed with the key, and takes names from its template",
        arguments: ["ecdsa-p256", "ed25519", "rsa-2048"])
    func request(type: String) throws {
        let transit = try TransitHarness()
        transit.make("k", type)
        let reply = transit.post("keys/k/csr")
        check(reply, status: 200)
        #expect(reply.text("type") == type)
        let text = reply.text("csr")
        #expect(PEM.decode(text)?.map(\.label) == ["CERTIFICATE REQUEST"])
        let again = transit.post("keys/k/csr", ["csr": .string(text), "version": 1])
        check(again, status: 200)
        for data: JSONValue in [
            ["csr": "x"], ["csr": .string(PEM.encode("CERTIFICATE REQUEST", [1, 2]))],
            ["csr": .string(PEM.encode("CERTIFICATE", [1, 2]))], ["version": 2], ["version": "x"],
        ] {
            #expect(transit.post("keys/k/csr", data).status == 400)
        }
    }

    @Test("the certificates of a key are handed out, also where the key itself is not")
    func chain() throws {
        let transit = try TransitHarness()
        transit.make("k", "ecdsa-p256")
        check(
            transit.get("export/certificate-chain/k"), status: 400,
            error: "no certificate chain was set for the key")
        var version = try KeyVersion.generate(
            .ecdsaP256, keyBytes: nil, isConvergent: false, now: .now)
        version.certificates = [[1, 2], [3, 4]]
        transit.store("c", KeyRing(type: .ecdsaP256, versions: [version]))
        let keys = transit.get("export/certificate-chain/c")["keys"]
        #expect(PEM.decode(keys?["1"]?.stringValue ?? "")?.map(\.der) == version.certificates)
        transit.make("a")
        #expect(transit.get("export/certificate-chain/a").status == 400)
    }

    @Test("only signing keys that are not derived have certificates")
    func refused() throws {
        let transit = try TransitHarness()
        transit.make("a")
        transit.make("d", "ed25519", ["derived": true])
        for name in ["a", "d", "none"] {
            #expect(transit.post("keys/\(name)/csr").status == 400)
        }
        transit.make("k", "ecdsa-p256")
        for text in ["", "x", PEM.encode("CERTIFICATE", [1, 2, 3]), PEM.encode("X", [1])] {
            #expect(
                transit.post("keys/k/set-certificate", ["certificate_chain": .string(text)])
                    .status == 400)
        }
        #expect(transit.post("keys/k/set-certificate").status == 400)
    }
}
