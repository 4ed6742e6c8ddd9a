// Which bucket a duration falls into: four to each doubling, from 256 ns to about two minutes.

/// Buckets whose bounds grow by a fifth to a quarter, so that a quantile read off them is within an
/// eighth of the true one.
enum DurationScale {
    private static let firstExponent = 8
    private static let lastExponent = 36
    private static let bucketsPerDoubling = 4
    /// The first holds everything shorter, the last everything longer.
    static let bucketCount = (lastExponent - firstExponent + 1) * bucketsPerDoubling + 2

    static func bucket(_ nanoseconds: UInt64) -> Int {
        let exponent = 63 - nanoseconds.leadingZeroBitCount
        guard exponent >= firstExponent else { return 0 }
        guard exponent <= lastExponent else { return bucketCount - 1 }
        let part = Int(truncatingIfNeeded: nanoseconds >> UInt64(exponent - 2)) & 3
        return 1 + (exponent - firstExponent) * bucketsPerDoubling + part
    }

    /// The middle of a bucket.
    static func nanoseconds(_ bucket: Int) -> Double {
        guard bucket > 0 else { return Double(UInt64(1) << UInt64(firstExponent)) / 2 }
        let index = min(bucket, bucketCount - 1) - 1
        let exponent = firstExponent + index / bucketsPerDoubling
        let part = index % bucketsPerDoubling
        let base = Double(UInt64(1) << UInt64(exponent))
        return base * (1 + (Double(part) + 0.5) / Double(bucketsPerDoubling))
    }
}
