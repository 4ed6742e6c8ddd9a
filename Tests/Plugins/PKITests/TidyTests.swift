import Certificates
import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing

@testable import PKI

@Suite struct TidyTests {
    private func made() throws -> PKIHarness {
        let pki = try PKIHarness()
        pki.root()
        pki.role()
        return pki
    }

    /// A mount with expired certificates, as many as two pages and a half.
    private func expired() throws -> (PKIHarness, serials: [String]) {
        let pki = try made()
        let serials = (0..<12).map { pki.issue("a\($0).example.com").text("serial_number") }
        pki.advance(seconds: 10 * 86_400)
        return (pki, serials)
    }

    private func left(_ pki: PKIHarness, _ serials: [String]) -> Int {
        Set(pki.list("certs/").texts("keys")).intersection(serials).count
    }

    @Test("tidy removes what is expired and nothing else")
    func tidy() throws {
        let pki = try made()
        let (old, revoked) = (pki.issue("a.example.com"), pki.issue("b.example.com"))
        pki.post("revoke", ["serial_number": revoked["serial_number"] ?? ""])
        pki.advance(seconds: 5 * 86_400)
        let young = pki.issue("c.example.com")
        #expect(pki.get("tidy-status").text("state") == "Inactive")
        check(pki.post("tidy", ["tidy_cert_store": true, "page_size": 5]), status: 202)
        #expect(try pki.wake() == 0)
        #expect(pki.get("cert/\(old.text("serial_number"))").status == 404)
        #expect(pki.get("cert/\(revoked.text("serial_number"))").status == 200)
        #expect(pki.get("cert/\(young.text("serial_number"))").status == 200)
        check(pki.post("tidy", ["tidy_revoked_certs": true]), status: 202)
        #expect(try pki.wake() == 0)
        #expect(pki.get("cert/\(revoked.text("serial_number"))").status == 404)
        let list = try #require(pki.get("crl").raw)
        #expect(try RevocationListReader.serials(list.body).isEmpty)
        let status = pki.get("tidy-status")
        #expect(status.text("state") == "Finished")
        #expect(status["revoked_cert_deleted_count"]?.intValue == 1)
        check(pki.post("tidy-cancel"), status: 400, error: "none is currently running")
    }

    @Test("a tidy is answered at once, and done when the engine is woken")
    func background() throws {
        let (pki, serials) = try expired()
        let answer = try pki.harness.call(.update, "tidy", ["tidy_cert_store": true])
        #expect(answer.status == 202 && answer.wakeSeconds == 1)
        #expect(answer.warnings.first?.hasPrefix("Tidy operation successfully started") == true)
        #expect(left(pki, serials) == 12)
        #expect(pki.get("tidy-status").text("state") == "Running")
        let again = pki.post("tidy", ["tidy_cert_store": true])
        #expect(again.warnings == ["Tidy operation already in progress."])
        #expect(try pki.wake() == 0)
        #expect(left(pki, serials) == 0)
        let status = pki.get("tidy-status")
        #expect(status["cert_store_deleted_count"]?.intValue == 12)
        #expect(status["time_finished"]?.stringValue != nil)
    }

    @Test("a tidy that asks for nothing is told so and begins nothing")
    func nothing() throws {
        let (pki, serials) = try expired()
        let answer = pki.post("tidy", ["safety_buffer": "1s"])
        check(answer, status: 202)
        #expect(answer.warnings.first?.contains("no tidy operations were set") == true)
        #expect(pki.get("tidy-status").text("state") == "Inactive")
        #expect(left(pki, serials) == 12)
    }

    @Test("what was cut short goes on where it was, also in another process")
    func cutShort() throws {
        let (pki, serials) = try expired()
        check(pki.post("tidy", ["tidy_cert_store": true, "page_size": 5]), status: 202)
        // The first page is written, and the second is not.
        let storage = pki.harness.storage
        storage.beforeNextCommit { $0.beforeNextCommit { $0.injectConflicts(100) } }
        #expect(throws: PluginError.self) { try pki.wake() }
        storage.injectConflicts(0)
        // The root is among those that were looked at, or not.
        #expect((7...8).contains(left(pki, serials)))
        let status = pki.get("tidy-status")
        #expect(status.text("state") == "Running")
        #expect(status.text("message").contains("5 entries"))
        let next = try PKIHarness(storage: pki.harness.storage)
        next.harness.now = pki.harness.now
        #expect(try next.wake() == 0)
        #expect(left(next, serials) == 0)
        #expect(next.get("tidy-status")["cert_store_deleted_count"]?.intValue == 12)
    }

    @Test("a tidy that is told to stop writes no further page")
    func cancelled() throws {
        let (pki, serials) = try expired()
        check(pki.post("tidy", ["tidy_cert_store": true, "page_size": 5]), status: 202)
        pki.harness.storage.beforeNextCommit { storage in
            // The second page is looked at already when somebody says stop.
            storage.beforeNextCommit { _ in
                let reply = pki.post("tidy-cancel")
                #expect(reply.text("state") == "Cancelling")
            }
        }
        #expect(try pki.wake() == 0)
        // The root is among those that were looked at, or not.
        #expect((7...8).contains(left(pki, serials)))
        #expect(pki.get("tidy-status").text("state") == "Cancelled")
        check(pki.post("tidy-cancel"), status: 400)
        check(pki.post("tidy", ["tidy_cert_store": true]), status: 202)
        #expect(try pki.wake() == 0)
        #expect(left(pki, serials) == 0)
    }

    @Test("a certificate that is revoked while its page is looked at is not forgotten")
    func revokedMeanwhile() throws {
        let (pki, serials) = try expired()
        pki.post("config/crl", ["allow_expired_certificate_revocation": true])
        check(pki.post("tidy", ["tidy_cert_store": true]), status: 202)
        pki.harness.storage.beforeNextCommit { _ in
            check(pki.post("revoke", ["serial_number": .string(serials[3])]), status: 200)
            check(pki.issue("new.example.com"), status: 200)
        }
        #expect(try pki.wake() == 0)
        #expect(left(pki, serials) == 1)
        let list = try #require(pki.get("crl").raw)
        #expect(try RevocationListReader.serials(list.body) == [serials[3]])
    }
}

@Suite struct AutoTidyTests {
    @Test("a tidy comes by itself when its time has come, and not before")
    func automatic() throws {
        let pki = try PKIHarness()
        pki.root()
        pki.role()
        let old = pki.issue("a.example.com").text("serial_number")
        check(pki.post("config/auto-tidy", ["enabled": true]), status: 400)
        check(
            pki.post(
                "config/auto-tidy",
                ["enabled": true, "tidy_cert_store": true, "interval_duration": 30]), status: 400)
        check(
            pki.post(
                "config/auto-tidy",
                ["enabled": true, "tidy_cert_store": true, "interval_duration": "1h"]), status: 200)
        #expect(pki.get("config/auto-tidy")["interval_duration"]?.intValue == 3_600)
        // The first one is due at once, and finds nothing to do.
        #expect(try pki.wake() == 3_600)
        #expect(pki.get("cert/\(old)").status == 200)
        pki.advance(seconds: 10 * 86_400)
        #expect(try pki.wake() == 3_600)
        #expect(pki.get("cert/\(old)").status == 404)
        pki.post("config/auto-tidy", ["enabled": false])
        #expect(try pki.wake() == 0)
    }
}
