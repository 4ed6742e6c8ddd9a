// How much may be stored in some folders.

internal import Storage

/// How far a batch may take a folder that has a bound.
public enum BarrierGrowth: Sendable {
    /// Up to the bound: what people keep.
    case bounded
    /// Beyond it by a reserve: what they need to get in and make room.
    case reserved
    /// As far as it takes: what ends or undoes something.
    case unbounded

    var storeGrowth: StoreGrowth {
        switch self {
        case .bounded: .bounded
        case .reserved: .reserved
        case .unbounded: .unbounded
        }
    }
}

extension Barrier {
    /// Counts what lies in these folders, each two names deep, and what they have together under
    /// the bounds that are named with them. Replaces what was said before.
    public func bound(_ folders: [String: [String]], within bounds: [String: Int]) {
        store.meter.meter(folders, within: bounds)
    }

    /// How many bytes there are under a bound, keys and encrypted values together, and whether that
    /// is all of them.
    public func storedBytes(under bound: String) -> (bytes: Int, isComplete: Bool)? {
        store.meter.usage(of: bound).map { ($0.bytes, $0.isComplete) }
    }

    /// The folders with entries that were not counted yet.
    public var uncounted: [String] { store.meter.unsurveyed }

    /// Counts the next entries of such a folder; `true` when those were the last.
    public func count(_ folder: String) async throws(BarrierError) -> Bool {
        let result: Result<Bool, BarrierError> = await withCheckedContinuation { continuation in
            store.survey(folder) { result in
                continuation.resume(returning: result.mapError { BarrierError($0) })
            }
        }
        return try result.get()
    }
}
