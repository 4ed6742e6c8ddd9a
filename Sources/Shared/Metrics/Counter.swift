// A number that only grows.

/// Counts events from any thread, without a lock.
public final class Counter: Sendable {
    private let stripes = Stripes(width: 1)

    public init() {}

    public func increment(by amount: UInt64 = 1) {
        stripes.add(amount, to: 0, row: stripes.ownRow)
    }

    public var value: UInt64 { stripes.sum(0) }
}
