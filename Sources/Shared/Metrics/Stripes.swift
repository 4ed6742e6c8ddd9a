// Counting without contention: each thread adds to a stripe of its own, and readers add the stripes
// up.

internal import Glibc
internal import Synchronization

/// A row of counters for each of a few threads, each row on cache lines of its own.
///
/// Threads are spread over the rows by their id. Two that share a row count correctly, just not as
/// fast.
final class Stripes: @unchecked Sendable {
    /// How many counters a row has.
    let width: Int
    private let rows: Int
    private let stride: Int
    private let cells: UnsafeMutablePointer<Atomic<UInt64>>

    private static let cellsPerCacheLine = 8
    /// A power of two, near the number of event loops.
    private static let rowCount: Int = {
        let processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        var rows = 1
        while rows < processors, rows < 16 { rows *= 2 }
        return rows
    }()

    init(width: Int) {
        self.width = width
        self.rows = Self.rowCount
        let lines = (width + Self.cellsPerCacheLine - 1) / Self.cellsPerCacheLine
        self.stride = lines * Self.cellsPerCacheLine
        let count = rows * stride
        let memory = UnsafeMutableRawPointer.allocate(byteCount: count * 8, alignment: 64)
        cells = memory.bindMemory(to: Atomic<UInt64>.self, capacity: count)
        for index in 0..<count { (cells + index).initialize(to: Atomic(0)) }
    }

    deinit {
        cells.deinitialize(count: rows * stride)
        UnsafeMutableRawPointer(cells).deallocate()
    }

    /// The calling thread's row.
    var ownRow: Int {
        let spread = UInt64(pthread_self()) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: spread >> 60) & (rows - 1)
    }

    func add(_ amount: UInt64, to column: Int, row: Int) {
        precondition(column < width)
        cells[row * stride + column].wrappingAdd(amount, ordering: .relaxed)
    }

    /// Keeps the larger of what is there and `value`; almost always this is one load.
    func raise(_ column: Int, to value: UInt64, row: Int) {
        precondition(column < width)
        let cell = row * stride + column
        var current = cells[cell].load(ordering: .relaxed)
        while value > current {
            let result = cells[cell].compareExchange(
                expected: current, desired: value, ordering: .relaxed)
            if result.exchanged { return }
            current = result.original
        }
    }

    /// The column's values in all rows.
    func values(_ column: Int) -> [UInt64] {
        (0..<rows).map { cells[$0 * stride + column].load(ordering: .relaxed) }
    }

    func sum(_ column: Int) -> UInt64 { values(column).reduce(0, &+) }

    /// The largest value of a column, which begins anew at zero.
    func takeLargest(_ column: Int) -> UInt64 {
        var largest: UInt64 = 0
        for row in 0..<rows {
            largest = max(largest, cells[row * stride + column].exchange(0, ordering: .relaxed))
        }
        return largest
    }
}
