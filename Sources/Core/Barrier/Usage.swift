// Counting a key's encryptions, so that it is replaced long before a nonce could repeat.

import Synchronization

/// The persisted count runs ahead: when the count comes within half a block of it, the next commit
/// carries a new one a whole block above. So it is lower than the truth only if commits of more
/// than half a block were in flight at once when the process died.
enum Usage {
    struct Counted {
        let reservation: UsageReservation?
        let needsRotation: Bool
    }

    static func count(
        _ encryptions: Int, on term: TermKey, _ limits: BarrierLimits
    ) throws(BarrierError) -> Counted {
        guard encryptions > 0 else { return Counted(reservation: nil, needsRotation: false) }
        // One more for the record of the count itself.
        let total = term.encryptions.wrappingAdd(
            UInt64(encryptions) + 1, ordering: .relaxed
        ).newValue
        guard total <= limits.maxEncryptions else {
            term.encryptions.wrappingSubtract(UInt64(encryptions) + 1, ordering: .relaxed)
            throw BarrierError(
                .rotationRequired, "the encryption key is used up and could not be rotated")
        }
        let needsRotation = total >= limits.rotationEncryptions
        let reserved = term.reserved.load(ordering: .relaxed)
        guard total + limits.usageBlock / 2 > reserved else {
            return Counted(reservation: nil, needsRotation: needsRotation)
        }
        let next = total + limits.usageBlock
        let (won, _) = term.reserved.compareExchange(
            expected: reserved, desired: next, ordering: .relaxed)
        let reservation = won ? UsageReservation(term: term, count: next, before: reserved) : nil
        return Counted(reservation: reservation, needsRotation: needsRotation)
    }

    /// The count to go on from, or nil if the record is not about this term.
    static func count(in record: [UInt8], term: UInt32) -> UInt64? {
        var rest = record[...]
        guard rest.takeBigEndian(UInt32.self) == term,
            let count = rest.takeBigEndian(UInt64.self), rest.isEmpty
        else { return nil }
        return count
    }
}

/// A persisted count that is on its way to storage.
struct UsageReservation: Sendable {
    let term: TermKey
    let count: UInt64
    let before: UInt64

    var record: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendBigEndian(term.term)
        bytes.appendBigEndian(count)
        return bytes
    }

    /// It was not written: the next commit tries again.
    func undo() {
        _ = term.reserved.compareExchange(expected: count, desired: before, ordering: .relaxed)
    }
}
