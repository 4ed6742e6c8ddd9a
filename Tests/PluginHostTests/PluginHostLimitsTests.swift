import Kernel
import PluginHost
import Testing
import Wire

@Suite struct PluginHostLimitsTests {
    @Test(
        "the largest frame fits into the out-buffer's bound, so one request can never shed itself")
    func outBufferHoldsAFrame() {
        #expect(PluginHostLimits.outBufferBytes > WireLimits.maxFramePayloadBytes)
    }

    @Test("no limit of the host is wider than what the wire carries or the kernel allows")
    func limitsAgree() {
        #expect(PluginHostLimits.callsInFlight <= WireLimits.maxCallsInFlight)
        #expect(PluginHostLimits.storageCallsInFlight <= WireLimits.maxCallsInFlight)
        #expect(PluginHostLimits.listPageEntries <= KernelLimits.listPageEntries)
        #expect(PluginHostLimits.callSeconds == KernelLimits.engineCallSeconds)
        #expect(PluginHostLimits.prefetchedBytes < WireLimits.maxFramePayloadBytes)
    }

    @Test("every request can have a storage call in flight")
    func storageCallsCoverRequests() {
        #expect(PluginHostLimits.storageCallsInFlight >= PluginHostLimits.callsInFlight)
    }

    @Test("a silent plugin is pinged before it is taken for hung, and hung before its calls end")
    func silenceIsShorterThanACall() {
        #expect(PluginHostLimits.pingAfterSilenceSeconds < PluginHostLimits.hungAfterSilenceSeconds)
        #expect(PluginHostLimits.hungAfterSilenceSeconds < PluginHostLimits.callSeconds)
    }
}
