import Cryptography
import Network
import Testing

@testable import Kernel

@Suite struct TokenEntryTests {
    private let old = """
        {"v":1,"accessor":"a","policies":["default"],"path":"auth/token/create","display_name":"d",\
        "meta":{"k":"v"},"created":1000,"ttl":60,"creation_ttl":60,"explicit_max_ttl":0,"period":0,\
        "expires":1060,"renewed":0,"uses":0,"renewable":true,"parent":"","revoking":false}
        """

    @Test("a token that was stored before there were networks, roles and logins is still read")
    func oldForm() throws {
        let entry = try TokenEntry(decoding: Array(old.utf8))
        #expect(entry.kind == .service)
        #expect(entry.entityID.isEmpty)
        #expect(entry.boundCIDRs.isEmpty)
        #expect(entry.role.isEmpty)
        #expect(entry.login == nil)
        #expect(entry.metadata == ["k": "v"])
        #expect(entry.expiresAt == 1060)
        #expect(try TokenEntry(decoding: entry.encoded()) == entry)
    }

    @Test("what is stored comes back as it was") func roundTrip() throws {
        var entry = try TokenEntry(decoding: Array(old.utf8))
        entry.entityID = "e"
        entry.role = "r"
        entry.boundCIDRs = [try #require(CIDRBlock("10.0.0.0/8")), try #require(CIDRBlock("::1"))]
        entry.login = TokenLogin(
            mountID: UUID128(), path: "login/a", internalData: [0, 255, 1], ttlSeconds: 5,
            maxTTLSeconds: 6)
        #expect(try TokenEntry(decoding: entry.encoded()) == entry)
    }

    @Test("a range that cannot be read makes the token unreadable, not free to be used anywhere")
    func brokenRange() {
        let broken = old.dropLast() + ",\"cidrs\":[\"10.0.0.0/99\"]}"
        #expect(throws: BackendFailure.self) { try TokenEntry(decoding: Array(broken.utf8)) }
        for wrong in ["[5]", "5", "null", "{}"] {
            let text = old.dropLast() + ",\"cidrs\":\(wrong)}"
            #expect(throws: BackendFailure.self) { try TokenEntry(decoding: Array(text.utf8)) }
        }
    }

    @Test("a root token without an end is bound to no network, so nobody is locked out for good")
    func root() throws {
        var entry = try TokenEntry(decoding: Array(old.utf8))
        entry.boundCIDRs = [try #require(CIDRBlock("192.0.2.0/24"))]
        #expect(!entry.admits("10.0.0.1"))
        entry.policies = ["root"]
        #expect(!entry.admits("10.0.0.1"))
        entry.expiresAt = 0
        #expect(entry.admits("10.0.0.1"))
    }
}
