// Writers that meet on one entry take turns, so that every one of them comes through. Without this
// the fastest wins each round, all others read again, and with enough writers some never win.

internal import Synchronization

/// Who may try again, of those whose write was refused because an entry had changed.
///
/// The first writer that conflicts on a key has the turn: it reads and writes again at once. All
/// who conflict later, and those who come with a first write meanwhile, wait behind it in order.
/// Nobody waits with a turn for another one, so nobody waits in a circle.
public final class WriteTurns: Sendable {
    /// One request as a writer, for as long as it runs.
    public struct Writer: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    private struct Waiting {
        var writer: Writer
        var granted: @Sendable () -> Void
    }

    private struct Queue {
        var holder: Writer
        var waiting: [Waiting] = []
    }

    private let queues = Mutex<[String: Queue]>([:])
    /// How many keys are contended, so that everybody else takes no lock.
    private let contended = Atomic(0)
    private let numbers = Atomic<UInt64>(0)

    public init() {}

    public func makeWriter() -> Writer {
        Writer(number: numbers.wrappingAdd(1, ordering: .relaxed).newValue)
    }

    /// A key among `keys` for which others have the turn: a write that depends on it would be in
    /// vain or take their turn away.
    public func taken(_ keys: some Sequence<String>, by writer: Writer?) -> String? {
        guard contended.load(ordering: .relaxed) > 0 else { return nil }
        return queues.withLock { queues in
            keys.first { key in queues[key].map { $0.holder != writer } ?? false }
        }
    }

    /// `granted` is called once, when it is the writer's turn: before this returns, or later and on
    /// any thread, unless the writer leaves before. A writer is in one queue at a time.
    public func join(_ key: String, _ writer: Writer, granted: @escaping @Sendable () -> Void) {
        let isHolder = queues.withLock { queues in
            guard let queue = queues[key] else {
                queues[key] = Queue(holder: writer)
                contended.store(queues.count, ordering: .relaxed)
                return true
            }
            guard queue.holder != writer else { return true }
            queues[key]?.waiting.append(Waiting(writer: writer, granted: granted))
            return false
        }
        if isHolder { granted() }
    }

    /// The writer has written, has failed, or has lost interest; the next one has the turn.
    public func leave(_ key: String, _ writer: Writer) {
        let next = queues.withLock { queues -> Waiting? in
            guard var queue = queues[key] else { return nil }
            // Also a writer that has the turn may wait here: it may have several writes on the way.
            queue.waiting.removeAll { $0.writer == writer }
            guard queue.holder == writer else {
                queues[key] = queue
                return nil
            }
            guard let next = queue.waiting.first else {
                queues[key] = nil
                contended.store(queues.count, ordering: .relaxed)
                return nil
            }
            queue.waiting.removeFirst()
            queue.holder = next.writer
            queues[key] = queue
            return next
        }
        next?.granted()
    }
}
