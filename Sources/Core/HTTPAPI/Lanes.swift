// The event loops, numbered: a request lives on one of them from its first byte to its last.

public import Kernel
public import NIOCore

/// The event loops of a group in a fixed order; a lane is an index into it.
public struct Lanes: Sendable {
    public let group: any EventLoopGroup
    public let loops: [any EventLoop]

    /// Every value made from the same group numbers its loops alike.
    public init(_ group: any EventLoopGroup) {
        self.group = group
        self.loops = Array(group.makeIterator())
    }

    public var count: Int { loops.count }

    public func index(of loop: any EventLoop) -> Int? {
        loops.firstIndex { $0 === loop }
    }
}

extension Lanes: LaneExecutor {
    public var laneCount: Int { loops.count }

    public func execute(lane: Int, _ body: @escaping @Sendable () -> Void) {
        guard loops.indices.contains(lane) else { return body() }
        loops[lane].execute(body)
    }
}
