// The calls that one end has opened on a connection and that are not answered yet.

public enum CallSide: Sendable, Hashable {
    /// Opens odd ids.
    case host
    /// Opens even ids.
    case plugin
}

/// Every call that may be in flight is. The caller sheds load; the table does not grow.
public struct TooManyCalls: Error, Sendable, Hashable {
    public init() {}
}

/// Ids rise by two and are never used again, so a slot is found by masking: no hashing on the way
/// of a request. A slot that a slow call still holds is stepped over.
public struct CallTable<Context> {
    @usableFromInline
    struct Slot {
        @usableFromInline var call: UInt64 = 0
        @usableFromInline var deadline: UInt64 = 0
        @usableFromInline var context: Context?

        @usableFromInline
        init() {}

        @usableFromInline
        init(call: UInt64, deadline: UInt64, context: Context) {
            self.call = call
            self.deadline = deadline
            self.context = context
        }
    }

    public let maxInFlight: Int
    @usableFromInline var openCount = 0
    @usableFromInline var slots: [Slot]
    @usableFromInline var nextCall: UInt64
    /// No open call has an earlier deadline. It may be earlier than all of them.
    @usableFromInline var earliest = UInt64.max

    /// Calls that are open.
    @inlinable
    public var count: Int { openCount }

    /// Open calls that match. It looks at all of them.
    public func count(where matches: (Context) -> Bool) -> Int {
        slots.count { slot in slot.call != 0 && slot.context.map(matches) == true }
    }

    @inlinable
    public init(side: CallSide, maxInFlight: Int) {
        self.maxInFlight = max(maxInFlight, 0)
        nextCall = side == .host ? 1 : 2
        slots = Array(repeating: Slot(), count: 8)
    }

    /// Opens a call. `deadline` is in monotonic nanoseconds; `UInt64.max` for none.
    @inlinable
    public mutating func open(
        _ context: Context, deadline: UInt64
    ) throws(TooManyCalls) -> UInt64 {
        guard openCount < maxInFlight else { throw TooManyCalls() }
        if openCount * 2 >= slots.count { grow() }
        while slots[index(nextCall)].call != 0 { nextCall += 2 }
        let call = nextCall
        nextCall += 2
        slots[index(call)] = Slot(call: call, deadline: deadline, context: context)
        openCount += 1
        earliest = min(earliest, deadline)
        return call
    }

    /// Ends a call and returns its context; nil when it is not open.
    @inlinable
    public mutating func close(_ call: UInt64) -> Context? {
        let index = index(call)
        guard call != 0, slots[index].call == call else { return nil }
        return take(index)
    }

    /// The context of an open call.
    @inlinable
    public subscript(_ call: UInt64) -> Context? {
        let slot = slots[index(call)]
        return call != 0 && slot.call == call ? slot.context : nil
    }

    /// Whether this end ever opened that call. A late answer to an ended call is dropped; an answer
    /// to a call that never was is a broken peer.
    @inlinable
    public func wasOpened(_ call: UInt64) -> Bool {
        call != 0 && call < nextCall && call & 1 == nextCall & 1
    }

    /// Ends the calls whose deadline is not after `now`, in no order. Costs one comparison when
    /// none can be due.
    @inlinable
    public mutating func expire(now: UInt64) -> [(call: UInt64, context: Context)] {
        guard now >= earliest else { return [] }
        var due: [(call: UInt64, context: Context)] = []
        earliest = .max
        for index in slots.indices where slots[index].call != 0 {
            let call = slots[index].call
            if slots[index].deadline > now {
                earliest = min(earliest, slots[index].deadline)
            } else if let context = take(index) {
                due.append((call, context))
            }
        }
        return due
    }

    /// When `expire` has something to look at; nil when no open call has a deadline.
    @inlinable
    public var nextExpiry: UInt64? {
        openCount == 0 || earliest == .max ? nil : earliest
    }

    /// Ends all calls.
    @inlinable
    public mutating func drainAll() -> [Context] {
        var contexts: [Context] = []
        contexts.reserveCapacity(openCount)
        for index in slots.indices where slots[index].call != 0 {
            if let context = take(index) { contexts.append(context) }
        }
        earliest = .max
        return contexts
    }

    @inlinable
    func index(_ call: UInt64) -> Int {
        Int(truncatingIfNeeded: call >> 1) & (slots.count - 1)
    }

    @inlinable
    mutating func take(_ index: Int) -> Context? {
        defer { slots[index] = Slot() }
        openCount -= 1
        return slots[index].context
    }

    /// Ids that differ under the smaller mask differ under the larger one, so nothing can collide.
    @inlinable
    mutating func grow() {
        let held = slots.filter { $0.call != 0 }
        slots = Array(repeating: Slot(), count: slots.count * 2)
        for slot in held { slots[index(slot.call)] = slot }
    }
}

extension CallTable: Sendable where Context: Sendable {}
extension CallTable.Slot: Sendable where Context: Sendable {}
