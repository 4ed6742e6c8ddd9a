import Certificates
import Cryptography
import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing

@testable import PKI

@Suite struct RevocationTests {
    private func made() throws -> PKIHarness {
        let pki = try PKIHarness()
        pki.root()
        pki.role()
        return pki
    }

    private func serials(_ pki: PKIHarness, _ path: String = "crl") throws -> [String] {
        let raw = try #require(pki.get(path).raw)
        return try RevocationListReader.serials(raw.body)
    }

    @Test("a revoked certificate is on the list that is read next")
    func revoke() throws {
        let pki = try made()
        #expect(try serials(pki).isEmpty)
        let (first, second) = (pki.issue("a.example.com"), pki.issue("b.example.com"))
        let serial = first.text("serial_number")
        let reply = pki.post("revoke", ["serial_number": .string(serial)])
        check(reply, status: 200)
        #expect(reply["revocation_time"]?.intValue == 1_800_000_000)
        #expect(try serials(pki) == [serial])
        let other = second.text("serial_number").split(separator: ":").joined(separator: "-")
        check(pki.post("revoke", ["serial_number": .string(other)]), status: 200)
        #expect(try serials(pki).count == 2)
        #expect(Set(pki.list("certs/revoked/").texts("keys")).contains(serial))
        pki.advance(seconds: 10)
        let again = pki.post("revoke", ["serial_number": .string(serial)])
        #expect(again["revocation_time"]?.intValue == 1_800_000_000)
        #expect(pki.get("issuer/default/crl").text("crl").hasPrefix("-----BEGIN X509 CRL-----"))
        #expect(pki.get("crl").raw?.contentType == "application/pkix-crl")
    }

    @Test("a list that nothing has changed is not made anew, and one that ends is")
    func cached() throws {
        let pki = try made()
        let first = pki.get("crl").raw?.body
        pki.advance(seconds: 60)
        #expect(pki.get("crl").raw?.body == first)
        check(pki.get("crl/rotate"), status: 200)
        #expect(pki.get("crl").raw?.body != first)
        let second = pki.get("crl").raw?.body
        pki.advance(seconds: 72 * 3_600 + 1)
        #expect(pki.get("crl").raw?.body != second)
    }

    @Test("a certificate is revoked by itself, but a stranger's is not")
    func byCertificate() throws {
        let (pki, other) = (try made(), try made())
        pki.role("gone", ["no_store": true])
        let unstored = pki.issue("a.example.com", role: "gone")
        check(
            pki.post("revoke", ["serial_number": unstored["serial_number"] ?? ""]), status: 400,
            error: "not found")
        check(pki.post("revoke", ["certificate": unstored["certificate"] ?? ""]), status: 200)
        #expect(try serials(pki) == [unstored.text("serial_number")])
        check(
            pki.post("revoke", ["certificate": other.issue("a.example.com")["certificate"] ?? ""]),
            status: 400, error: "not issued by any issuer")
        check(
            pki.post("revoke", ["certificate": .string(try root(pki))]), status: 400,
            error: "issuer/:issuer_ref/revoke")
        check(pki.post("revoke"), status: 400)
        check(pki.post("revoke", ["serial_number": "zz"]), status: 400)
    }

    private func root(_ pki: PKIHarness) throws -> String {
        pki.get("issuer/default/json").text("certificate")
    }

    @Test("revoking with a key needs the certificate's own")
    func withKey() throws {
        let pki = try made()
        let (mine, yours) = (pki.issue("a.example.com"), pki.issue("b.example.com"))
        let serial = mine["serial_number"] ?? ""
        check(
            pki.post(
                "revoke-with-key",
                ["serial_number": serial, "private_key": yours["private_key"] ?? ""]), status: 400,
            error: "does not match")
        #expect(try serials(pki).isEmpty)
        check(
            pki.post(
                "revoke-with-key",
                ["serial_number": serial, "private_key": mine["private_key"] ?? ""]), status: 200)
        #expect(try serials(pki).count == 1)
    }

    @Test("what is expired is refused unless it is allowed")
    func expired() throws {
        let pki = try made()
        let serial = pki.issue("a.example.com")["serial_number"] ?? ""
        pki.advance(seconds: 2 * 86_400)
        let refused = pki.post("revoke", ["serial_number": serial])
        #expect(refused.warnings.first?.contains("already expired") == true)
        #expect(try serials(pki).isEmpty)
        pki.post("config/crl", ["allow_expired_certificate_revocation": true])
        check(pki.post("revoke", ["serial_number": serial]), status: 200)
        #expect(try serials(pki).count == 1)
    }

    @Test("a delta has what is newer than the complete list")
    func delta() throws {
        let pki = try made()
        #expect(pki.get("crl/delta").status == 204)
        check(pki.post("config/crl", ["enable_delta": true]), status: 400)
        check(
            pki.post("config/crl", ["enable_delta": true, "auto_rebuild": true]), status: 200)
        #expect(try serials(pki).isEmpty)
        pki.advance(seconds: 5)
        let serial = pki.issue("a.example.com").text("serial_number")
        pki.post("revoke", ["serial_number": .string(serial)])
        #expect(try serials(pki).isEmpty)
        #expect(try serials(pki, "crl/delta") == [serial])
        check(pki.get("crl/rotate"), status: 200)
        #expect(try serials(pki) == [serial])
    }

    @Test("settings that contradict each other are refused, and a disabled list is empty")
    func settings() throws {
        let pki = try made()
        pki.post("revoke", ["serial_number": pki.issue("a.example.com")["serial_number"] ?? ""])
        #expect(try serials(pki).count == 1)
        pki.post("config/crl", ["disable": true])
        #expect(try serials(pki).isEmpty)
        check(pki.post("config/crl", ["expiry": "1s"]), status: 400)
        check(
            pki.post("config/crl", ["auto_rebuild": true, "auto_rebuild_grace_period": "72h"]),
            status: 400)
        #expect(pki.get("config/crl").text("expiry") == "72h")
    }

    @Test("an issuer that was revoked issues no more and is on its issuer's list")
    func issuer() throws {
        let pki = try made()
        let made = pki.post(
            "intermediate/generate/internal", ["common_name": "I", "key_type": "ec"])
        let signed = pki.post(
            "root/sign-intermediate", ["csr": made["csr"] ?? "", "common_name": "I"])
        let set = pki.post("intermediate/set-signed", ["certificate": signed["certificate"] ?? ""])
        let id = try #require(set.texts("imported_issuers").first)
        let reply = pki.post("issuer/\(id)/revoke")
        check(reply, status: 200)
        #expect(reply["revoked"]?.boolValue == true)
        #expect(try serials(pki) == [signed.text("serial_number")])
        check(
            pki.post("issuer/\(id)/issue/web", ["common_name": "a.example.com"]), status: 400,
            error: "revoked")
        check(
            pki.call(.patch, "issuer/\(id)", ["usage": "issuing-certificates"]), status: 400,
            error: "cannot issue again")
    }

    @Test("a revoked certificate is read with its issuer, and a chain in PEM")
    func revokedIssuer() throws {
        let pki = try PKIHarness()
        let root = pki.root()
        pki.role()
        let serial = pki.issue("a.example.com").text("serial_number")
        #expect(pki.get("cert/\(serial)").text("issuer_id").isEmpty)
        check(pki.post("revoke", ["serial_number": .string(serial)]), status: 200)
        #expect(pki.get("cert/\(serial)").text("issuer_id") == root.text("issuer_id"))
        let chain = pki.get("ca_chain").raw
        #expect(chain?.body.isEmpty == false)
        #expect(pki.get("cert/ca_chain/raw").raw == chain)
        #expect(pki.get("cert/ca_chain/raw/pem").raw == chain)
    }
}

@Suite struct ForeignListTests {
    @Test("a list is signed of what others have revoked, and lists are put together")
    func sign() throws {
        let pki = try PKIHarness()
        pki.root()
        func signed(_ serial: String, _ time: JSONValue) -> JSONValue {
            pki.post(
                "issuer/default/sign-revocation-list",
                [
                    "crl_number": 7,
                    "revoked_certs": [["serial_number": .string(serial), "revocation_time": time]],
                ])["crl"] ?? ""
        }
        let (first, second) = (
            signed("01:02", 1_700_000_000), signed("0304", "2024-01-01T00:00:00Z")
        )
        let merged = pki.post(
            "issuer/default/resign-crls",
            ["crls": [first, second, first], "crl_number": 8, "format": "der"])
        check(merged, status: 200)
        let der = try #require(Base64.decode(merged.text("crl")))
        #expect(try RevocationListReader.serials(der) == ["01:02", "03:04"])
    }

    @Test("what is no list, or another's, is refused")
    func refused() throws {
        let (pki, other) = (try PKIHarness(), try PKIHarness())
        pki.root()
        other.root("Other")
        let foreign: JSONValue = .string(
            PEM.encode("X509 CRL", try #require(other.get("crl").raw).body))
        for lists: JSONValue in [[foreign], ["x"], [.string(PEM.encode("X509 CRL", [1]))]] {
            check(
                pki.post("issuer/default/resign-crls", ["crls": lists, "crl_number": 1]),
                status: 400)
        }
        for more: JSONValue in [
            ["crl_number": -1], ["crl_number": 1, "delta_crl_base_number": 2],
            ["crl_number": 1, "next_update": 0], ["crl_number": 1, "format": "text"],
            ["crl_number": 1, "revoked_certs": "x"], ["crl_number": 1, "revoked_certs": [[:]]],
            ["crl_number": 1, "revoked_certs": [["serial_number": "01"]]],
            ["crl_number": 1, "extensions": [["id": "2.5.29.20", "value": "AAAA"]]],
            ["crl_number": 1, "extensions": [["id": "x", "value": "AAAA"]]],
        ] {
            check(pki.post("issuer/default/sign-revocation-list", more), status: 400)
        }
    }
}

@Suite struct ListCacheTests {
    @Test("however many ask for a list, one makes it, unless it is never heard of again")
    func one() {
        let cache = ListCache()
        let now = CertificateTime(seconds: 1_800_000_000)
        #expect(cache.begin("a", now))
        #expect(!cache.begin("a", now) && cache.begin("b", now))
        cache.end("a")
        #expect(cache.begin("a", now))
        #expect(!cache.begin("a", now.adding(seconds: 59)))
        #expect(cache.begin("a", now.adding(seconds: 60)))
    }

    @Test("numbers of lists rise, also where the clock does not")
    func numbers() {
        let cache = ListCache()
        let now = CertificateTime(seconds: 1_800_000_000)
        let first = cache.nextNumber(now)
        #expect(cache.nextNumber(now) > first)
        #expect(cache.nextNumber(now.adding(seconds: -10)) > first)
        #expect(ListCache().nextNumber(now.adding(seconds: 1)) > first)
    }
}

@Suite struct StatusTests {
    @Test("an answer is given again while nothing has changed, and never after a revocation")
    func cached() throws {
        let pki = try PKIHarness()
        pki.root()
        pki.role()
        let made = pki.issue("a.example.com")
        let question = try StatusQuestion.of(made)
        let first = try StatusQuestion.ask(pki, question)
        #expect(try StatusQuestion.ask(pki, question) == first)
        pki.post("revoke", ["serial_number": made["serial_number"] ?? ""])
        let second = try StatusQuestion.ask(pki, question)
        #expect(second != first)
        pki.advance(seconds: 61)
        #expect(try StatusQuestion.ask(pki, question) != second)
    }

    @Test("no byte of a question that is changed or missing is a trap")
    func fuzzed() throws {
        let pki = try PKIHarness()
        pki.root()
        pki.role()
        let made = pki.issue("a.example.com")
        let good = try StatusQuestion.of(made)
        for place in good.indices {
            var changed = good
            changed[place] = ~changed[place]
            for bytes in [changed, Array(good[..<place])] {
                let reply = pki.post("ocsp", ["body": .string(Base64.encode(bytes))])
                #expect([200, 400, 401].contains(reply.status))
            }
        }
    }
}

/// The serial numbers of a list, read by its DER.
enum RevocationListReader {
    static func serials(_ der: [UInt8]) throws -> [String] {
        var reader = DERReader(der)
        var list = try reader.sequence()
        var signed = try list.sequence()
        _ = try signed.integer()
        _ = try signed.sequence()
        _ = try signed.sequence()
        _ = try signed.element()
        _ = try signed.element()
        guard signed.nextTag == DERTag.sequence else { return [] }
        var entries = try signed.sequence()
        var serials: [String] = []
        while !entries.isAtEnd {
            var entry = try entries.sequence()
            serials.append(SerialNumber.text(Array(try entry.content(DERTag.integer))))
        }
        return serials
    }
}
