// Who rotates the password of which static role or connection at the moment.
//
// Two who set a password at once could leave one password with the server and another one in
// storage. A claim ends with its time, so that nothing has to be tidied up after a request that was
// cut off; work that comes to its turn too late does not begin.

import Clock
import PluginSDK
import Synchronization

final class RotationClaims: Sendable {
    private struct Claim {
        var since: UInt64
        var number: UInt64
        var owner: [UInt8]
    }

    struct Ticket: Sendable {
        fileprivate let name: String
        fileprivate let number: UInt64
        fileprivate let since: UInt64
    }

    private let claims = Mutex<(last: UInt64, held: [String: Claim])>((0, [:]))

    /// `owner` is the request: one that runs anew after a conflict has its claim still.
    func claim(_ name: String, by owner: [UInt8]) throws(PluginError) -> Ticket {
        let now = MonotonicClock.nowNanoseconds
        let ticket = claims.withLock { claims -> Ticket? in
            if let held = claims.held[name], held.owner != owner,
                now < held.since + Limits.claimSeconds * 1_000_000_000
            {
                return nil
            }
            claims.last += 1
            claims.held[name] = Claim(since: now, number: claims.last, owner: owner)
            return Ticket(name: name, number: claims.last, since: now)
        }
        guard let ticket else {
            throw PluginError(.unavailable, "the password of \"\(name)\" is being rotated already")
        }
        return ticket
    }

    /// Whether what was claimed may begin still.
    func check(_ ticket: Ticket) throws(PluginError) {
        let end = ticket.since + Limits.claimStartSeconds * 1_000_000_000
        guard MonotonicClock.nowNanoseconds < end else {
            throw PluginError(.unavailable, "too much waits for the database")
        }
    }

    func release(_ ticket: Ticket) {
        claims.withLock { claims in
            if claims.held[ticket.name]?.number == ticket.number {
                claims.held[ticket.name] = nil
            }
        }
    }
}
