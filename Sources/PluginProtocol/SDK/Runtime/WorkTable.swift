// The requests of a connection whose handlers are at work on another thread.

struct WorkTable {
    struct Item {
        let call: UInt64
        let deadline: UInt64
        let run: HandlerRun
        let ticket = WorkTicket()
    }

    private var items: [UInt64: Item] = [:]
    private var idsByCall: [UInt64: UInt64] = [:]
    private var nextID: UInt64 = 1

    var count: Int { items.count }

    func contains(call: UInt64) -> Bool { idsByCall[call] != nil }

    subscript(id: UInt64) -> Item? { items[id] }

    /// Ids are never used twice, so work that nobody waits for any more is nobody's.
    mutating func add(_ item: Item) -> UInt64 {
        let id = nextID
        nextID += 1
        items[id] = item
        idsByCall[item.call] = id
        return id
    }

    mutating func remove(id: UInt64) -> Item? {
        guard let item = items.removeValue(forKey: id) else { return nil }
        idsByCall[item.call] = nil
        return item
    }

    mutating func remove(call: UInt64) -> Item? {
        idsByCall[call].flatMap { remove(id: $0) }
    }
}
