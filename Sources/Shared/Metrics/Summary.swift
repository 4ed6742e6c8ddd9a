// How long something takes: number, sum, extremes and quantiles.

internal import Synchronization

/// Collects durations from any thread, without a lock: two additions and two loads each.
public final class Summary: Sendable {
    private enum Column {
        static let sum = 0
        static let longest = 1
        /// Kept as the distance from the largest number, so that one operation serves both ends.
        static let shortest = 2
        static let buckets = 3
    }

    private let stripes = Stripes(width: Column.buckets + DurationScale.bucketCount)

    public init() {}

    public func record(nanoseconds: UInt64) {
        let row = stripes.ownRow
        stripes.add(1, to: Column.buckets + DurationScale.bucket(nanoseconds), row: row)
        stripes.add(nanoseconds, to: Column.sum, row: row)
        stripes.raise(Column.longest, to: nanoseconds, row: row)
        stripes.raise(Column.shortest, to: .max - nanoseconds, row: row)
    }

    /// Everything since the start.
    var total: Distribution {
        Distribution(
            sumNanoseconds: stripes.sum(Column.sum),
            buckets: (0..<DurationScale.bucketCount).map { stripes.sum(Column.buckets + $0) })
    }

    /// The shortest and the longest since this was last asked.
    func takeExtremes() -> (shortest: UInt64, longest: UInt64)? {
        let longest = stripes.takeLargest(Column.longest)
        let shortest = stripes.takeLargest(Column.shortest)
        guard shortest > 0 else { return nil }
        return (.max - shortest, longest)
    }
}

/// Durations by bucket.
struct Distribution: Sendable, Equatable {
    var sumNanoseconds: UInt64 = 0
    var buckets: [UInt64] = []

    var count: UInt64 { buckets.reduce(0, &+) }

    /// What came on top of `earlier`.
    func since(_ earlier: Distribution) -> Distribution {
        guard earlier.buckets.count == buckets.count else { return self }
        return Distribution(
            sumNanoseconds: sumNanoseconds &- earlier.sumNanoseconds,
            buckets: zip(buckets, earlier.buckets).map { $0 &- $1 })
    }

    /// The duration that the given part of all stays below; `nil` if there are none.
    func quantile(_ part: Double) -> Double? {
        let count = self.count
        guard count > 0 else { return nil }
        let rank = max(1, (part * Double(count)).rounded(.up))
        var seen: UInt64 = 0
        for (index, bucket) in buckets.enumerated() {
            seen &+= bucket
            if Double(seen) >= rank { return DurationScale.nanoseconds(index) }
        }
        return DurationScale.nanoseconds(buckets.count - 1)
    }

    var meanNanoseconds: Double { count == 0 ? 0 : Double(sumNanoseconds) / Double(count) }

    /// The sample's standard deviation, as near as the buckets tell it.
    var deviationNanoseconds: Double {
        let count = self.count
        guard count > 1 else { return 0 }
        let mean = meanNanoseconds
        var squares = 0.0
        for (index, bucket) in buckets.enumerated() where bucket > 0 {
            let distance = DurationScale.nanoseconds(index) - mean
            squares += Double(bucket) * distance * distance
        }
        return (squares / Double(count - 1)).squareRoot()
    }
}
