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
        _ encryptions: Int, on term: TermKey, _ limits: BarrierLimits, rotatingAt threshold: UInt64
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
        let needsRotation = total >= threshold
        let reserved = term.reserved.load(ordering: .relaxed)
        guard total + limits.usageBlock / 2 > reserved else {
            return Counted(reservation: nil, needsRotation: needsRotation)
        }
        return Counted(
            reservation: reserve(total, on: term, limits), needsRotation: needsRotation)
    }

    /// A record that is a whole block above `total`, unless somebody else just makes one.
    static func reserve(
        _ total: UInt64, on term: TermKey, _ limits: BarrierLimits
    ) -> UsageReservation? {
        let reserved = term.reserved.load(ordering: .relaxed)
        let next = max(total + limits.usageBlock, reserved)
        let (won, _) = term.reserved.compareExchange(
            expected: reserved, desired: next, ordering: .relaxed)
        return won ? UsageReservation(term: term, count: next, before: reserved) : nil
    }

    /// The count to go on from, and how many of it were really counted; nil if the record is not
    /// about this term.
    static func count(in record: [UInt8], term: UInt32) -> (count: UInt64, counted: UInt64)? {
        var rest = record[...]
        guard rest.takeBigEndian(UInt32.self) == term,
            let count = rest.takeBigEndian(UInt64.self)
        else { return nil }
        // Records of older versions end here.
        guard !rest.isEmpty else { return (count, count) }
        guard let counted = rest.takeBigEndian(UInt64.self), rest.isEmpty else { return nil }
        return (count, min(counted, count))
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
        bytes.appendBigEndian(term.estimatedEncryptions)
        return bytes
    }

    /// It was not written: the next commit tries again.
    func undo() {
        _ = term.reserved.compareExchange(expected: count, desired: before, ordering: .relaxed)
    }
}
