// What a connection remembers of the request that the core has on hand, for `sys/in-flight-req`.

internal import Clock
internal import Cryptography
public import Kernel
internal import NIOCore

struct InFlightNote {
    let id: UUID128
    let path: String
    let method: String
    let startedNanoseconds: UInt64
}

extension ConnectionHandler {
    var inFlightRequest: InFlightRequest? {
        guard case .answering = state, let note = inFlight else { return nil }
        let age = MonotonicClock.nowNanoseconds &- note.startedNanoseconds
        let now = Timestamp.now.nanoseconds
        let isIPv6 = remoteAddress.utf8.contains(UInt8(ascii: ":"))
        let host = isIPv6 ? "[\(remoteAddress)]" : remoteAddress
        return InFlightRequest(
            id: note.id, startedAt: Timestamp(nanoseconds: now &- Int64(clamping: age)),
            remoteAddress: host.isEmpty ? "" : "\(host):\(remotePort)", path: note.path,
            method: note.method)
    }
}

extension HTTPServer: InFlightRequests {
    public func inFlightRequests() async -> [InFlightRequest] {
        var result: [InFlightRequest] = []
        for lane in connections {
            let ofLane = try? await lane.loop.submit { lane.inFlightRequests }.get()
            result += ofLane ?? []
        }
        return result
    }
}
