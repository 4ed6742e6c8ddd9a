// Users whose logins failed too often are locked out for a while.

internal import Barrier
internal import Clock
internal import Cryptography
internal import Synchronization

/// A name that somebody logs in with at a mount. Names are compared without regard to case: `Alice`
/// does not have five attempts more than `alice`.
struct LoginName: Sendable, Hashable {
    let mountID: UUID128
    let folded: String

    init(mountID: UUID128, name: String) {
        self.mountID = mountID
        self.folded = name.lowercased()
    }

    // By bytes: Swift's own comparison holds different spellings for equal.
    static func == (left: LoginName, right: LoginName) -> Bool {
        left.mountID == right.mountID && left.folded.utf8.elementsEqual(right.folded.utf8)
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(mountID)
        for byte in folded.utf8 { hasher.combine(byte) }
    }
}

/// Counts failed logins in memory and keeps locks below `<namespace>/lockout/`, so that a restart
/// frees nobody.
final class UserLockout: Sendable {
    private struct Attempts {
        var failures = 0
        var lastFailure: Int64 = 0
        /// 0 while it is not locked.
        var lockedAt: Int64 = 0
    }

    private let barrier: Barrier
    private let prefix: String
    /// What the configuration says, by type of auth method; `all` is for the others.
    private let defaults: [String: LockoutSettings]
    private let attempts: Mutex<[LoginName: Attempts]>

    init(
        barrier: Barrier, namespacePrefix: String, defaults: [String: LockoutSettings]
    ) throws(BackendFailure) {
        self.barrier = barrier
        self.defaults = defaults
        let prefix = namespacePrefix + "lockout/"
        self.prefix = prefix
        var locked: [LoginName: Attempts] = [:]
        try barrier.forEachName(in: prefix) { folder throws(BackendFailure) in
            guard let mountID = UUID128(String(folder.dropLast())) else { return }
            try barrier.forEachName(in: prefix + folder) { name throws(BackendFailure) in
                guard let stored = try barrier.read(prefix + folder + name),
                    let (name, time) = Self.decode(stored.value)
                else { return }
                locked[LoginName(mountID: mountID, name: name)] = Attempts(
                    failures: 0, lastFailure: time, lockedAt: time)
            }
        }
        attempts = Mutex(locked)
    }

    /// The rule that holds for a mount: its own, else its type's, else everybody's.
    func rule(for mount: MountEntry) -> LockoutRule {
        var settings = mount.settings.lockout
        for name in [mount.type, "all"] {
            if let general = defaults[name] { settings = settings.over(general) }
        }
        return LockoutRule(settings)
    }

    func isLocked(_ name: LoginName, _ rule: LockoutRule, now: Int64) -> Bool {
        if rule.isDisabled { return false }
        return attempts.withLock { attempts in
            attempts[name].map { Self.isLocked($0, rule, now: now) } ?? false
        }
    }

    private static func isLocked(_ attempts: Attempts, _ rule: LockoutRule, now: Int64) -> Bool {
        attempts.lockedAt != 0
            && now < TokenEntry.time(attempts.lockedAt, plus: rule.durationSeconds)
    }

    /// Counts a failed login; `true` if the user is locked out from now on.
    func countFailure(_ name: LoginName, _ rule: LockoutRule, now: Int64) -> Bool {
        if rule.isDisabled { return false }
        return attempts.withLock { attempts in
            if attempts.count >= KernelLimits.lockoutCounters { Self.makeRoom(&attempts) }
            var current = attempts[name] ?? Attempts()
            if Self.isLocked(current, rule, now: now) { return false }
            let isOld =
                now >= TokenEntry.time(current.lastFailure, plus: rule.counterResetSeconds)
            if isOld || current.lockedAt != 0 { current = Attempts() }
            current.failures += 1
            current.lastFailure = now
            if current.failures >= rule.threshold { current.lockedAt = now }
            attempts[name] = current
            return current.lockedAt != 0
        }
    }

    /// Made-up names must not fill the memory, nor push out the count of a name that is attacked.
    private static func makeRoom(_ attempts: inout [LoginName: Attempts]) {
        attempts = attempts.filter { $0.value.lockedAt != 0 || $0.value.failures > 1 }
        if attempts.count >= KernelLimits.lockoutCounters {
            attempts = attempts.filter { $0.value.lockedAt != 0 }
        }
        if attempts.count >= KernelLimits.lockoutCounters { attempts = [:] }
    }

    /// A login that succeeded starts the count anew; `true` if there was a lock to remove.
    func forget(_ name: LoginName) -> Bool {
        attempts.withLock { ($0.removeValue(forKey: name)?.lockedAt ?? 0) != 0 }
    }

    /// The names that are locked out, each with its mount.
    func locked(
        now: Int64, rule: (UUID128) -> LockoutRule?
    ) -> [LoginName] {
        attempts.withLock { attempts in
            attempts.filter { name, attempts in
                guard let rule = rule(name.mountID), !rule.isDisabled else { return false }
                return Self.isLocked(attempts, rule, now: now)
            }.map(\.key)
        }
    }

    // MARK: Storage

    /// A name may be longer than a key, so its digest names the entry; time and name are inside.
    private func key(_ name: LoginName) -> String {
        prefix + name.mountID.text + "/" + Hex.encode(SHA256.hash(Array(name.folded.utf8)))
    }

    func store(_ name: LoginName, lockedAt: Int64) async throws(BackendFailure) {
        try await barrier.put(
            key(name), Array("\(lockedAt) \(name.folded)".utf8), growth: .reserved)
    }

    private static func decode(_ bytes: [UInt8]) -> (name: String, time: Int64)? {
        let parts = bytes.split(separator: 0x20, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let time = Int64(String(decoding: parts[0], as: UTF8.self)) else {
            return nil
        }
        return (String(decoding: parts[1], as: UTF8.self), time)
    }

    /// Forgets everybody who is counted or locked out at a mount that is gone.
    func forgetAll(ofMount id: UUID128) async throws(BackendFailure) {
        attempts.withLock { attempts in
            attempts = attempts.filter { $0.key.mountID != id }
        }
        try await barrier.deleteFolder(prefix + id.text + "/")
    }

    /// The same for what a server left that ended while a mount was being disabled.
    func forgetAll(exceptOf isThere: (UUID128) -> Bool) async throws(BackendFailure) {
        var gone: [UUID128] = []
        try barrier.forEachName(in: prefix) { folder in
            if let id = UUID128(String(folder.dropLast())), !isThere(id) { gone.append(id) }
        }
        for id in gone { try await forgetAll(ofMount: id) }
    }

    func unlock(_ name: LoginName) async throws(BackendFailure) {
        try await barrier.delete(key(name))
        _ = forget(name)
    }
}
