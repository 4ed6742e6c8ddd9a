import Clock
import JSON
import PluginSDK
import Testing

@testable import AppRole

@Suite struct RecordTests {
    @Test("a damaged or newer record is an error that names its kind, and never a trap")
    func damaged() throws {
        var role = Role(roleID: "r")
        role.token.policies = ["a"]
        role.secretIDBoundCIDRs = try AddressBlocks(["10.0.0.0/8"], refusal: "")
        let now = Timestamp(seconds: 1)
        var secret = SecretID(
            accessor: "a", created: now, updated: now, ttlSeconds: 60, usesLeft: 2)
        secret.metadata = [TextPair("a", "b")]
        #expect(try Role(record: role.record).roleID == "r")
        #expect(try SecretID(record: secret.record).metadata == [TextPair("a", "b")])
        let read: [([UInt8], ([UInt8]) throws -> Void)] = [
            (role.record, { _ = try Role(record: $0) }),
            (secret.record, { _ = try SecretID(record: $0) }),
        ]
        for (record, read) in read {
            for count in 0..<record.count {
                #expect(throws: PluginError.self) { try read(Array(record[..<count])) }
            }
            #expect(throws: PluginError.self) { try read(record + [0]) }
            #expect(throws: PluginError.self) { try read([2] + record.dropFirst()) }
            for index in record.indices {
                var changed = record
                changed[index] = 0xFF
                _ = try? read(changed)
            }
        }
    }
}
