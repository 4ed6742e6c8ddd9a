import Kernel
import Testing

@Suite struct KernelLimitsTests {
    @Test("a mount's path leaves room for what is requested below it")
    func mountPathsFit() {
        #expect(KernelLimits.mountPathBytes < KernelLimits.requestPathBytes)
    }

    @Test("every path that can be requested can be a storage key")
    func keysFit() {
        #expect(KernelLimits.requestPathBytes <= KernelLimits.storageKeyBytes)
    }

    @Test("no default lifetime is longer than the longest one")
    func lifetimesFit() {
        #expect(KernelLimits.defaultLeaseTTLSeconds <= KernelLimits.maxLeaseTTLSeconds)
    }

    @Test("every lease id fits into a storage key with the folders before it")
    func leaseIDsFit() {
        let folders = "ns/00000000-0000-0000-0000-000000000000/lease/id/"
        #expect(KernelLimits.leaseIDBytes + folders.utf8.count <= KernelLimits.storageKeyBytes)
    }

    @Test("an intent that nobody settled waits for longer than a call may take")
    func intentsWait() {
        #expect(LeaseTimings().intentGraceSeconds > Int64(KernelLimits.engineCallSeconds))
    }

    @Test("a token's own text and metadata are far below what one entry may be")
    func tokensFit() {
        #expect(KernelLimits.clientTokenBytes < KernelLimits.requestPathBytes)
        #expect(KernelLimits.tokenMetadataEntries * KernelLimits.tokenMetadataBytes < 1 << 20)
    }
}
