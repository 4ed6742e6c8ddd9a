// How many bytes lie in some folders, counted while batches commit, and bounds for them.

import Synchronization

/// How far a batch may take what is metered.
public enum StoreGrowth: Sendable {
    /// Up to the bound.
    case bounded
    /// Beyond it by a reserve.
    case reserved
    /// As far as it takes.
    case unbounded
}

/// Counts entries as they are stored: the bytes of key and value. A store asks it for every batch,
/// one after the other in the order of commits, so the count never differs from what is there. The
/// entries that were there before are counted page by page, in the same order.
///
/// Folders are two names deep, such as `ns/4Kd2aB/`. Without any, a batch pays one atomic load.
public final class StoreMeter: Sendable {
    public struct Usage: Sendable, Equatable {
        public var bytes: Int
        /// Whether that is all; else there is more that was not counted yet.
        public var isComplete: Bool

        public init(bytes: Int, isComplete: Bool) {
            self.bytes = bytes
            self.isComplete = isComplete
        }
    }

    /// What the batches of a transaction have changed, to be taken back if it fails.
    struct Charge {
        fileprivate var folders: [String: Int] = [:]
    }

    enum Admission {
        case admitted(Charge)
        case refused(StorageError)
    }

    private struct Folder {
        var bytes = 0
        /// Keys before this one are counted; `nil` is all of them.
        var next: [UInt8]?
        var bounds: [String] = []
    }

    private struct Bound {
        var maxBytes: Int
        var bytes = 0
    }

    private struct State {
        var folders: [String: Folder] = [:]
        var bounds: [String: Bound] = [:]

        mutating func add(_ bytes: Int, to name: String) {
            guard var folder = folders[name] else { return }
            folder.bytes += bytes
            folders[name] = folder
            for bound in folder.bounds { bounds[bound]?.bytes += bytes }
        }
    }

    private let state = Mutex(State())
    private let isActive = Atomic(false)

    public init() {}

    /// What the reserve is at least.
    public static let minReserveBytes = 64 << 10
    /// It is this part of the bound.
    public static let reserveShare = 16
    static let surveyedEntries = 512

    // MARK: What is metered

    /// Replaces what is metered: the folders, each with the names of the bounds that it counts
    /// towards, and the bounds. A folder that was metered before keeps its count.
    public func meter(_ folders: [String: [String]], within bounds: [String: Int]) {
        state.withLock { state in
            var new = State(bounds: bounds.mapValues { Bound(maxBytes: $0) })
            for (name, bounds) in folders {
                var folder = state.folders[name] ?? Folder(next: Array(name.utf8))
                folder.bounds = bounds
                new.folders[name] = folder
                for bound in bounds { new.bounds[bound]?.bytes += folder.bytes }
            }
            state = new
            isActive.store(!new.folders.isEmpty, ordering: .releasing)
        }
    }

    public func usage(of bound: String) -> Usage? {
        state.withLock { state in
            state.bounds[bound].map { found in
                let isComplete = state.folders.values.allSatisfy {
                    $0.next == nil || !$0.bounds.contains(bound)
                }
                return Usage(bytes: found.bytes, isComplete: isComplete)
            }
        }
    }

    /// The folders that still have to be surveyed.
    public var unsurveyed: [String] {
        state.withLock { $0.folders.filter { $0.value.next != nil }.map(\.key) }
    }

    // MARK: For stores, one call after the other

    /// Counts a batch, unless it would take something over its bound.
    ///
    /// - Parameter size: the bytes of a stored value.
    func admit(
        _ batch: StoreBatch, size: (String) throws(StorageError) -> Int?
    ) throws(StorageError) -> Admission {
        guard isActive.load(ordering: .acquiring) else { return .admitted(Charge()) }
        let changes = try changes(of: batch, size)
        guard !changes.isEmpty else { return .admitted(Charge()) }
        return state.withLock { state in
            var charge = Charge()
            var growth: [String: Int] = [:]
            for change in changes {
                guard let folder = state.folders[change.folder] else { continue }
                for bound in folder.bounds { growth[bound, default: 0] += change.bytes }
                let isCounted =
                    folder.next.map { change.key.text.utf8.lexicographicallyPrecedes($0) } ?? true
                if isCounted { charge.folders[change.folder, default: 0] += change.bytes }
            }
            for (name, bytes) in growth where bytes > 0 {
                guard let bound = state.bounds[name],
                    let most = Self.mostBytes(bound.maxBytes, batch.growth)
                else { continue }
                if bound.bytes + bytes > most { return .refused(Self.refusal(name, bound)) }
            }
            for (folder, bytes) in charge.folders { state.add(bytes, to: folder) }
            return .admitted(charge)
        }
    }

    /// The batch was not stored after all.
    func undo(_ charge: Charge) {
        guard !charge.folders.isEmpty else { return }
        state.withLock { state in
            for (folder, bytes) in charge.folders { state.add(-bytes, to: folder) }
        }
    }

    /// Counts the next entries of a folder; `true` when there are no more.
    ///
    /// - Parameter seek: the first key at or after its argument, with the bytes of its value.
    func survey(
        _ name: String, seek: ([UInt8]) throws(StorageError) -> (key: [UInt8], size: Int)?
    ) throws(StorageError) -> Bool {
        guard let start = state.withLock({ $0.folders[name]?.next }) else { return true }
        let prefix = Array(name.utf8)
        var next: [UInt8]? = start
        var bytes = 0
        for _ in 0..<Self.surveyedEntries {
            guard let target = next else { break }
            guard let found = try seek(target), found.key.starts(with: prefix) else {
                next = nil
                break
            }
            bytes += found.key.count + found.size
            next = found.key + [0]
        }
        let (counted, end) = (bytes, next)
        state.withLock { state in
            guard state.folders[name]?.next == start else { return }
            state.folders[name]?.next = end
            state.add(counted, to: name)
        }
        return end == nil
    }

    // MARK: Parts

    private struct Change {
        let folder: String
        let key: ByteKey
        var bytes: Int
    }

    /// By how much the batch changes each metered entry: later puts replace earlier ones, and
    /// deletes come last.
    private func changes(
        of batch: StoreBatch, _ size: (String) throws(StorageError) -> Int?
    ) throws(StorageError) -> [Change] {
        let puts = batch.puts.map { (key: $0.key, after: Int?.some($0.value.count)) }
        let deletes = batch.deletes.map { (key: $0, after: Int?.none) }
        let all = puts + deletes
        let known = state.withLock { state in
            all.map { Self.folder(of: $0.key).flatMap { state.folders[$0] == nil ? nil : $0 } }
        }
        var changes: [Change] = []
        var places: [ByteKey: (index: Int, before: Int)] = [:]
        for ((key, after), folder) in zip(all, known) {
            guard let folder else { continue }
            let name = ByteKey(key)
            let place: (index: Int, before: Int)
            if let found = places[name] {
                place = found
            } else {
                place = (changes.count, Self.bytes(key, try size(key)))
                places[name] = place
                changes.append(Change(folder: folder, key: name, bytes: 0))
            }
            changes[place.index].bytes = Self.bytes(key, after) - place.before
        }
        return changes
    }

    private static func bytes(_ key: String, _ value: Int?) -> Int {
        value.map { key.utf8.count + $0 } ?? 0
    }

    /// The first two names of a key.
    private static func folder(of key: String) -> String? {
        let utf8 = key.utf8
        let slash = UInt8(ascii: "/")
        guard let first = utf8.firstIndex(of: slash),
            let second = utf8[utf8.index(after: first)...].firstIndex(of: slash)
        else { return nil }
        return String(key[...second])
    }

    private static func mostBytes(_ bound: Int, _ growth: StoreGrowth) -> Int? {
        switch growth {
        case .bounded: return bound
        case .reserved:
            let reserve = max(minReserveBytes, bound / reserveShare)
            let (sum, isTooMuch) = bound.addingReportingOverflow(reserve)
            return isTooMuch ? Int.max : sum
        case .unbounded: return nil
        }
    }

    private static func refusal(_ name: String, _ bound: Bound) -> StorageError {
        StorageError(
            .overBound(name), "at most \(bound.maxBytes) bytes of storage can be used")
    }
}
