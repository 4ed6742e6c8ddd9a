// The calls that the host has open on one connection, and those that it gave up but may still be
// answered.

internal import Wire

struct CallBook<Context> {
    enum Closing {
        case live(Context)
        /// Given up before; the answer comes too late and is of no use.
        case abandoned
        /// Never opened, or answered already: the plugin breaks the protocol.
        case unknown
    }

    private var live: CallTable<Context>
    private var abandoned: Set<UInt64> = []
    private let mostAbandoned: Int

    init(maxInFlight: Int, mostAbandoned: Int) {
        live = CallTable(side: .host, maxInFlight: maxInFlight)
        self.mostAbandoned = mostAbandoned
    }

    var count: Int { live.count }
    func count(where matches: (Context) -> Bool) -> Int { live.count(where: matches) }

    /// So many calls were given up without a late answer that the plugin must have lost them.
    var hasTooManyAbandoned: Bool { abandoned.count > mostAbandoned }

    /// `nil` when as many calls are in flight as may be.
    mutating func open(_ context: Context, deadline: UInt64) -> UInt64? {
        try? live.open(context, deadline: deadline)
    }

    func context(of call: UInt64) -> Context? { live[call] }

    mutating func close(_ call: UInt64) -> Closing {
        if let context = live.close(call) { return .live(context) }
        return abandoned.remove(call) == nil ? .unknown : .abandoned
    }

    /// Calls whose deadline has passed; they are abandoned from now on.
    mutating func expire(now: UInt64) -> [(id: UInt64, context: Context)] {
        let expired = live.expire(now: now)
        for (id, _) in expired { abandoned.insert(id) }
        return expired.map { ($0.0, $0.1) }
    }

    mutating func drainAll() -> [Context] {
        abandoned = []
        return live.drainAll()
    }
}
