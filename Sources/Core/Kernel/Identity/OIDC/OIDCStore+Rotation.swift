// Rotation by period, while the server is unsealed.
//
// When a key is due is stored as a time of the wall clock, so a restart neither loses nor repeats a
// rotation. The clock is looked at again and again instead of being slept towards: it may be set.

internal import Barrier
internal import Clock
internal import Logging

extension OIDCStore {
    /// Rotates what is due, forgets what nobody may believe any more, and brings times back that a
    /// clock set back has left too far ahead. Gives the names of the keys that were rotated.
    func maintain(now: Int64) async throws(BackendFailure) -> [OIDCName] {
        var rotated: [OIDCName] = []
        for name in table.keys.keys {
            if try await maintain(name, now: now) { rotated.append(name) }
        }
        return rotated
    }

    private func maintain(_ name: OIDCName, now: Int64) async throws(BackendFailure) -> Bool {
        guard var seen = table.keys[name],
            seen.isDue(now: now) || seen.retired.contains(where: { $0.expiresAt <= now })
                || seen.bringTimesForward(now: now)
        else { return false }
        // A key that is due is replaced even if the namespace has used up its storage.
        return try await change(growth: .unbounded) { change throws(BackendFailure) in
            guard var key = change.table.keys[name] else { return false }
            _ = key.bringTimesForward(now: now)
            key.forgetExpired(now: now)
            let isDue = key.isDue(now: now)
            if isDue { try key.rotate(now: now, lifetimeSeconds: key.verificationTTLSeconds) }
            try change.put(key)
            return isDue
        }
    }

    /// Seconds until the next look: until a key is due, but never longer than a clock that was set
    /// may go unnoticed.
    func secondsToSleep(now: Int64) -> Int64 {
        let due = table.keys.values.filter { $0.pairs != nil }.map(\.nextRotationAt).min()
        guard let due, due > now else { return due == nil ? Self.longestSleep : 1 }
        let (seconds, overflow) = due.subtractingReportingOverflow(now)
        return overflow ? Self.longestSleep : min(max(seconds, 1), Self.longestSleep)
    }

    private static var longestSleep: Int64 { KernelLimits.identityTokenRotationSeconds }

    /// Rotates what is due, and says so.
    func rotateDue(_ logger: Logger) async {
        do throws(BackendFailure) {
            for name in try await maintain(now: Timestamp.now.seconds) {
                logger.info("identity token key rotated", metadata: ["key": "\(name.text)"])
            }
        } catch {
            if error.code == .sealed { return }
            logger.warning(
                "identity token keys were not rotated", metadata: ["error": "\(error.message)"])
        }
    }
}
