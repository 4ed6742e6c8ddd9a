// The ports of one plugin, by lane. Filled once before anyone else sees it and read without a lock
// from then on.

internal import NIOCore

final class PortArray: @unchecked Sendable {
    private(set) var all: [LanePort] = []

    func fill(_ loops: [any EventLoop], wake: @escaping @Sendable () -> Void) {
        precondition(all.isEmpty)
        all = loops.map { LanePort(loop: $0, wake: wake) }
    }

    subscript(lane: Int) -> LanePort? { all.indices.contains(lane) ? all[lane] : nil }
}
