// Which mounts have something due, and when: one number for each mount, none for each lease.

internal import Cryptography
internal import Synchronization

/// The earliest time at which each mount's leases want to be looked at.
final class LeaseAgenda: Sendable {
    private let earliest = Mutex<[UUID128: Int64]>([:])

    /// A lease of this mount is due at `time`.
    func note(_ mount: UUID128, dueAt time: Int64) {
        earliest.withLock { earliest in
            if let known = earliest[mount], known <= time { return }
            earliest[mount] = time
        }
    }

    /// Takes the mounts that have something due at `now` off the agenda; whoever takes them puts
    /// them back with what is due next.
    func takeDue(now: Int64) -> [UUID128] {
        earliest.withLock { earliest in
            let due = earliest.filter { $0.value <= now }.map(\.key)
            for mount in due { earliest[mount] = nil }
            return due
        }
    }
}
