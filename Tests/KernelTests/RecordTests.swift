import Cryptography
import Network
import Testing

@testable import Kernel

@Suite struct RecordTests {
    private var entry: TokenEntry {
        get throws {
            var entry = TokenEntry(
                accessor: "a", policies: ["default", ""], path: "auth/token/create",
                displayName: "d", metadata: ["k": "", "": "v"], createdAt: .min, ttlSeconds: .max,
                creationTTLSeconds: 1, explicitMaxTTLSeconds: -1, periodSeconds: 0, expiresAt: 63,
                lastRenewedAt: 64, usesLeft: -1, isRenewable: true, parent: "p", isRevoking: true)
            entry.entityID = "e"
            entry.role = "r"
            entry.boundCIDRs = [try #require(CIDRBlock("10.0.0.0/8"))]
            entry.login = TokenLogin(
                mountID: UUID128(), path: "login", internalData: [0, 0x7B, 0xFF], ttlSeconds: 1,
                maxTTLSeconds: 2)
            return entry
        }
    }

    private var lease: LeaseEntry {
        LeaseEntry(
            mount: UUID128(), path: "creds/app", token: TokenKey(digest: Array(1...32)),
            issuedAt: 5, expiresAt: 10, lastRenewedAt: 6, ttlSeconds: 5, maxTTLSeconds: 7,
            endsBy: 9, isRenewable: true, isRevoking: true, dueAt: 11, attempts: 3,
            failure: "no", internalData: [0, 1, 0])
    }

    @Test("a token and a lease come back as they were stored") func roundTrip() throws {
        let token = try entry
        #expect(try TokenEntry(decoding: token.encoded()) == token)
        let stored = lease
        #expect(try LeaseEntry(decoding: stored.encoded()) == stored)
        var numbered = stored
        numbered.token = TokenKey(number: 77, digest: Array(1...32))
        #expect(try LeaseEntry(decoding: numbered.encoded()) == numbered)
        #expect(numbered.encoded().count < 110)
    }

    @Test("a lease that an older version stored is still read") func oldLease() throws {
        let digest = TokenKey(digest: Array(1...32))
        let mount = UUID128()
        let json = """
            {"v":1,"mount":"\(mount.text)","path":"creds/app","token":"\(digest.text)","issued":5,\
            "expires":10,"ttl":5,"due":11,"renewable":true,"renewed":6,"max_ttl":7,"ends_by":9,\
            "revoking":true,"attempts":3,"failure":"no"}
            """
        var expected = lease
        expected.mount = mount
        #expect(try LeaseEntry(decoding: Array(json.utf8) + [0, 0, 1, 0]) == expected)
    }

    @Test("a record that is cut off or damaged is refused or read as another, and traps nobody")
    func damage() throws {
        let made = try entry
        for whole in [made.encoded(), lease.encoded()] {
            for count in 0..<whole.count {
                let part = Array(whole.prefix(count))
                #expect((try? TokenEntry(decoding: part)) != made)
                _ = try? LeaseEntry(decoding: part)
            }
            for index in whole.indices {
                for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
                    var changed = whole
                    changed[index] = value
                    _ = try? TokenEntry(decoding: changed)
                    _ = try? LeaseEntry(decoding: changed)
                }
            }
        }
    }

    @Test("a field of a later version is not skipped: it may be a restriction")
    func unknownField() throws {
        var writer = RecordWriter(version: 2)
        writer.text(1, "accessor")
        #expect(throws: Never.self) { try TokenEntry(decoding: writer.bytes) }
        writer.integer(1000, 1)
        #expect(throws: BackendFailure.self) { try TokenEntry(decoding: writer.bytes) }
        #expect(throws: BackendFailure.self) { try TokenEntry(decoding: [3]) }
        #expect(throws: BackendFailure.self) { try TokenEntry(decoding: []) }
        #expect(throws: BackendFailure.self) { try LeaseEntry(decoding: [2]) }
    }

    @Test("a range that cannot be read makes the token unreadable, not free to be used anywhere")
    func brokenRange() throws {
        var writer = RecordWriter(version: 2)
        writer.text(1, "accessor")
        writer.element(18, "10.0.0.0/99")
        #expect(throws: BackendFailure.self) { try TokenEntry(decoding: writer.bytes) }
    }
}
