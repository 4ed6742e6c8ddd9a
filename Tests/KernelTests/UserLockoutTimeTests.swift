import Barrier
import Cryptography
import Storage
import Testing

@testable import Kernel

@Suite struct UserLockoutTimeTests {
    private let name = LoginName(mountID: UUID128(), name: "Alice")
    private let rule = LockoutRule(
        LockoutSettings(threshold: 3, durationSeconds: 100, counterResetSeconds: 50))

    private func lockout() async throws -> UserLockout {
        let barrier = Barrier(store: MemoryStore())
        let rootKey = SecretBytes(random: 32)
        try await barrier.initialise(rootKey: rootKey)
        try barrier.unseal(rootKey: rootKey)
        return try UserLockout(barrier: barrier, namespacePrefix: "ns/x/", defaults: [:])
    }

    @Test("a lock ends after its time, and the count begins anew") func duration() async throws {
        let lockout = try await lockout()
        #expect(!lockout.countFailure(name, rule, now: 1000))
        #expect(!lockout.countFailure(name, rule, now: 1001))
        #expect(lockout.countFailure(name, rule, now: 1002))
        #expect(lockout.isLocked(name, rule, now: 1101))
        #expect(!lockout.isLocked(name, rule, now: 1102))
        #expect(!lockout.countFailure(name, rule, now: 1102))
        #expect(!lockout.isLocked(name, rule, now: 1103))
    }

    @Test("failures that are far apart do not add up") func reset() async throws {
        let lockout = try await lockout()
        for round in 0..<20 {
            #expect(!lockout.countFailure(name, rule, now: Int64(1000 + 50 * round)))
        }
    }

    @Test("made-up names do not push out the count of a name that is attacked")
    func flood() async throws {
        let lockout = try await lockout()
        for _ in 0..<2 { _ = lockout.countFailure(name, rule, now: 1000) }
        for number in 0..<(KernelLimits.lockoutCounters + 10) {
            let made = LoginName(mountID: name.mountID, name: "made-up-\(number)")
            _ = lockout.countFailure(made, rule, now: 1000)
        }
        #expect(lockout.countFailure(name, rule, now: 1000))
    }
}
