// A request on its way through the core, as its two audit lines show it.

/// Request and caller.
///
/// The line of a response repeats them, so what was written for the request's line is kept, for
/// each device, until the response's line is made.
public final class AuditSubject: @unchecked Sendable {
    // Unchecked: `fragments` is touched under the lock of the subject's lane only.
    public let lane: Int
    public let request: EntryRequest
    public let auth: EntryAuth

    struct Fragment {
        let deviceID: UInt64
        let bytes: [UInt8]
    }

    private var fragments: [Fragment] = []

    public init(lane: Int, request: EntryRequest, auth: EntryAuth) {
        self.lane = lane
        self.request = request
        self.auth = auth
    }

    func fragment(for deviceID: UInt64) -> [UInt8]? {
        for fragment in fragments where fragment.deviceID == deviceID { return fragment.bytes }
        return nil
    }

    func keep(_ bytes: [UInt8], for deviceID: UInt64) {
        guard bytes.count <= AuditLimits.keptFragmentBytes else { return }
        fragments.append(Fragment(deviceID: deviceID, bytes: bytes))
    }
}
