import PluginSDK
import Testing

@testable import KV

@Suite struct LimitsTests {
    /// A frame of the plugin protocol carries a request of 32 MiB and a little more.
    private static let frameBytes = 32 * 1024 * 1024
    private static let answerMembers = 500_000

    @Test("what one write reads or changes fits into a frame")
    func writes() {
        let metadata =
            Limits.maxKeptVersions * 17 + 100
            + Limits.maxCustomMetadataKeys
            * (Limits.maxCustomMetadataKeyBytes + Limits.maxCustomMetadataValueBytes + 8)
        let pruned = Limits.maxKeptVersions * (Limits.maxPathBytes / 8 + 64)
        #expect(2 * Limits.maxSecretBytes + metadata + pruned < Self.frameBytes)
    }

    @Test("a batch of the upgrade fits into a frame")
    func upgrade() {
        let keys = Limits.upgradeBatchSecrets * 2 * (Limits.maxPathBytes + 64)
        let last = 2 * Limits.maxSecretBytes
        #expect(Limits.upgradeBatchBytes + last + keys < Self.frameBytes)
    }

    @Test("keys made of the longest path fit storage")
    func keys() {
        let path = String(repeating: "p", count: Limits.maxPathBytes)
        let number = UInt64.max
        for key in [
            StorageKey.plain(path), StorageKey.secret(path), StorageKey.version(number, of: path),
        ] {
            #expect(key.utf8.count <= 4096)
        }
    }

    @Test("a list fits into a frame, and has no more names than the protocol lets an answer have")
    func lists() {
        #expect(NameListing.maxNames <= Self.answerMembers)
        #expect(NameListing.maxBytes + NameListing.maxNames * 3 < Self.frameBytes)
        #expect(NameListing.pageNames * Limits.maxPathBytes < Self.frameBytes)
    }
}
