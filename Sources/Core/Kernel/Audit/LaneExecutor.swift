// The event loops as the core sees them: by their numbers.

/// Runs bodies on lanes. Whoever owns the event loops is one.
public protocol LaneExecutor: Sendable {
    var laneCount: Int { get }

    /// Runs `body` on the lane's loop after what the loop does now, and soon.
    func execute(lane: Int, _ body: @escaping @Sendable () -> Void)
}

/// For a core without event loops: everything runs at once, where it is asked for.
public struct InlineLanes: LaneExecutor {
    public init() {}
    public var laneCount: Int { 1 }
    public func execute(lane: Int, _ body: @escaping @Sendable () -> Void) { body() }
}
