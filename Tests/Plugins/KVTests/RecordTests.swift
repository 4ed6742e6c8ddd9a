import Clock
import JSON
import PluginSDK
import Testing

@testable import KV

@Suite struct RecordTests {
    private static func sample() throws -> Secret {
        let now = Timestamp(nanoseconds: 1_700_000_000_123_456_789)
        var secret = Secret(createdAt: now)
        secret.maxVersions = 4
        secret.isCheckAndSetRequired = true
        secret.deleteVersionAfterSeconds = 12_319
        secret.customMetadata = try CustomMetadata(validating: ["owner": "é", "b": "x"])
        for number in 1...6 {
            _ = secret.add(
                Array("{\"n\":\(number)}".utf8)[...], at: now.adding(seconds: Int64(number)),
                under: EngineSettings())
        }
        _ = secret.delete(version: 4, at: now)
        _ = secret.destroy(version: 5)
        return secret
    }

    @Test("a secret is read back as it was stored")
    func roundTrip() throws {
        let secret = try Self.sample()
        #expect(try Secret(record: secret.record) == secret)
        let empty = Secret(createdAt: Timestamp(seconds: 0))
        #expect(try Secret(record: empty.record) == empty)
        var destroyed = secret
        _ = destroyed.destroy(version: 6)
        #expect(try Secret(record: destroyed.record) == destroyed)
        let settings = EngineSettings(
            maxVersions: 3, isCheckAndSetRequired: true, deleteVersionAfterSeconds: -1)
        #expect(try EngineSettings(record: settings.record) == settings)
    }

    @Test("ten versions cost less than 300 bytes beside the data")
    func compact() throws {
        var secret = Secret(createdAt: .now)
        for _ in 1...10 { _ = secret.add(Array("{}".utf8)[...], at: .now, under: EngineSettings()) }
        #expect(secret.record.count < 300)
    }

    @Test("a newer layout is refused by name, in every kind of record")
    func newerLayout() throws {
        func newer(_ record: [UInt8]) -> [UInt8] { [2] + record.dropFirst() }
        let error = RecordError.unknownLayout(2)
        #expect(throws: error) { try Secret(record: newer(Self.sample().record)) }
        #expect(throws: error) { try EngineSettings(record: newer(EngineSettings().record)) }
        #expect(throws: error) { try DataRecord.decode(newer(DataRecord.encode([123, 125]))) }
        #expect(throws: error) { try UpgradeState(record: newer(UpgradeState.done.record)) }
    }

    @Test("a record cut off at any byte is refused, or is one with fewer data that end an object")
    func truncation() throws {
        let record = try Self.sample().record
        let data = Array("{\"n\":6}".utf8)
        for count in 0..<record.count {
            let cut = Array(record.prefix(count))
            #expect(throws: RecordError.self) { try Secret(record: cut) }
        }
        #expect(record.suffix(data.count).elementsEqual(data))
        for count in 0..<14 {
            #expect(throws: RecordError.self) {
                try EngineSettings(record: Array(EngineSettings().record.prefix(count)))
            }
        }
    }

    @Test("bytes after a record are refused")
    func trailing() throws {
        #expect(throws: RecordError.damaged) {
            try Secret(record: Secret(createdAt: .now).record + [0])
        }
        #expect(throws: RecordError.damaged) {
            try EngineSettings(record: EngineSettings().record + [0])
        }
        #expect(throws: RecordError.damaged) { try UpgradeState(record: [1, 2, 0]) }
    }

    @Test("no change of one byte traps the engine, and what is still accepted can be used")
    func corruption() throws {
        let record = try Self.sample().record
        var accepted = 0
        for index in record.indices {
            for bit in 0..<8 {
                var damaged = record
                damaged[index] ^= 1 << bit
                guard var secret = try? Secret(record: damaged) else { continue }
                accepted += 1
                let now = Timestamp.now
                _ = secret.add([123, 125], at: now, under: EngineSettings())
                _ = secret.versionsStoredApart
                for number in [0, 1, secret.currentVersion, UInt64.max] {
                    _ = secret.delete(version: number, at: now)
                    _ = secret.undelete(version: number, at: now, under: EngineSettings())
                    _ = secret.destroy(version: number)
                }
                _ = secret.record
                _ = Answer.writtenVersion(of: secret)
            }
        }
        #expect(accepted > 0 && accepted < record.count * 8)
    }

    @Test("random bytes are refused without a trap")
    func noise() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var bytes = (0..<Int.random(in: 0...160)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            if !bytes.isEmpty { bytes[0] = 1 }
            #expect(throws: RecordError.self) { try Secret(record: bytes) }
        }
    }
}
