import Kernel
import Synchronization
import Testing

@Suite struct WriteTurnsTests {
    private let turns = WriteTurns()
    private let granted = Granted()

    private final class Granted: Sendable {
        private let names = Mutex<[String]>([])
        var all: [String] { names.withLock { $0 } }
        func append(_ name: String) { names.withLock { $0.append(name) } }
    }

    private func join(_ key: String, _ writer: WriteTurns.Writer, _ name: String) {
        turns.join(key, writer) { [granted] in granted.append(name) }
    }

    @Test("the first has the turn at once, the others one after the other in their order")
    func order() {
        let writers = (0..<4).map { _ in turns.makeWriter() }
        for (index, writer) in writers.enumerated() { join("k", writer, "\(index)") }
        #expect(granted.all == ["0"])
        turns.leave("k", writers[0])
        #expect(granted.all == ["0", "1"])
        turns.leave("k", writers[2])
        turns.leave("k", writers[1])
        #expect(granted.all == ["0", "1", "3"])
        turns.leave("k", writers[3])
        #expect(turns.taken(["k"], by: nil) == nil)
    }

    @Test("who has the turn keeps it when it conflicts again")
    func again() {
        let (first, second) = (turns.makeWriter(), turns.makeWriter())
        join("k", first, "first")
        join("k", second, "second")
        join("k", first, "first again")
        #expect(granted.all == ["first", "first again"])
    }

    @Test("a key is taken for everybody but the one who has the turn")
    func taken() {
        let (first, second) = (turns.makeWriter(), turns.makeWriter())
        #expect(turns.taken(["k"], by: second) == nil)
        join("k", first, "first")
        #expect(turns.taken(["a", "k"], by: second) == "k")
        #expect(turns.taken(["a", "k"], by: nil) == "k")
        #expect(turns.taken(["a", "k"], by: first) == nil)
        #expect(turns.taken(["a"], by: second) == nil)
    }

    @Test("a writer that leaves is not given the turn by another wait of its own")
    func leavesForGood() {
        let (first, second) = (turns.makeWriter(), turns.makeWriter())
        join("k", first, "first")
        join("k", second, "second")
        join("k", second, "second again")
        turns.leave("k", first)
        turns.leave("k", second)
        #expect(granted.all == ["first", "second"])
        #expect(turns.taken(["k"], by: nil) == nil)
    }
}
