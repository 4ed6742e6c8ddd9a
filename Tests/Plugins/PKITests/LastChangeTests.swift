import Certificates
import Clock
import Cryptography
import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing

@testable import PKI

/// `Last-Modified` and `If-Modified-Since` of what anyone may read.
@Suite struct LastChangeTests {
    private func read(
        _ pki: PKIHarness, _ path: String, since: String? = nil
    ) -> PKIHarness.Reply {
        pki.harness.headers = since.map { [TextPair("If-Modified-Since", $0)] } ?? []
        return pki.get(path)
    }

    private func time(_ reply: PKIHarness.Reply) -> String? {
        reply.headers.first { $0.name == "Last-Modified" }?.value
    }

    private func made() throws -> PKIHarness {
        let pki = try PKIHarness()
        pki.root()
        pki.role()
        return pki
    }

    @Test(
        "an authority is sent once, until it changes",
        arguments: [
            "ca", "ca/pem", "ca_chain", "cert/ca", "cert/ca_chain", "cert/ca_chain/raw/pem",
            "issuer/default/json", "issuer/default/der", "issuer/default/pem",
        ])
    func authority(path: String) throws {
        let pki = try made()
        let first = read(pki, path)
        check(first, status: 200)
        let seen = try #require(time(first))
        let again = read(pki, path, since: seen)
        check(again, status: 304)
        #expect(again.raw == nil)
        #expect(again.body?.objectValue == nil)
        #expect(time(again) == seen)
        // Within the same second, too.
        check(pki.call(.patch, "issuer/default", ["issuer_name": "other"]), status: 200)
        let changed = read(pki, path, since: seen)
        check(changed, status: 200)
        #expect(time(changed) != nil && time(changed) != seen)
    }

    @Test(
        "a list is sent once, until there is another",
        arguments: [
            "crl", "crl/pem", "cert/crl", "cert/crl/raw", "issuer/default/crl",
            "issuer/default/crl/der", "issuer/default/crl/pem",
        ])
    func list(path: String) throws {
        let pki = try made()
        let serial = pki.issue("a.example.com").text("serial_number")
        let seen = try #require(time(read(pki, path)))
        #expect(seen == Timestamp(seconds: 1_800_000_000).httpDate)
        check(read(pki, path, since: seen), status: 304)
        check(pki.post("revoke", ["serial_number": .string(serial)]), status: 200)
        // In the same second there is no time that would tell the two apart.
        let next = read(pki, path, since: seen)
        check(next, status: 200)
        #expect(time(next) == nil)
        pki.advance(seconds: 1)
        let later = try #require(time(read(pki, path)))
        #expect(later == Timestamp(seconds: 1_800_000_001).httpDate)
        check(read(pki, path, since: seen), status: 200)
        check(read(pki, path, since: later), status: 304)
        #expect(read(pki, "ca/pem").raw?.body.isEmpty == false)
    }

    @Test("a time that is none, or still to come, is as if it were not there")
    func times() throws {
        let pki = try made()
        let now = Timestamp(seconds: 1_800_000_000)
        for text in [
            "yesterday", "", now.adding(seconds: 1).httpDate, now.rfc3339,
            now.adding(seconds: -100_000_000).httpDate,
        ] {
            check(read(pki, "ca/pem", since: text), status: 200)
            check(read(pki, "crl", since: text), status: 200)
        }
        check(read(pki, "ca/pem", since: now.httpDate), status: 304)
    }

    @Test("where there is nothing there is no time of its change")
    func nothing() throws {
        let pki = try PKIHarness()
        let reply = read(pki, "ca/pem", since: Timestamp(seconds: 1_800_000_000).httpDate)
        check(reply, status: 204)
        #expect(reply.headers.isEmpty)
    }
}
