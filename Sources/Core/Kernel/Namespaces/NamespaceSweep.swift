// What happens by itself in one namespace: tokens, leases and what engines left undone end, signing
// keys rotate, engines wake.

internal import Clock
internal import Logging

/// Looks after one namespace whose tables are in memory. A tick starts what is due and waits for
/// nothing, so that a namespace with much to end does not hold the others up.
actor NamespaceSweep {
    private let state: NamespaceState
    private let logger: Logger
    private let leases: LeaseSweep
    private let wakes: WakeSweep
    private var tokens: Task<Void, Never>?
    private var keys: Task<Void, Never>?
    private var tokensDueAt: Int64 = 0
    private var keysDueAt: Int64 = 0
    private var hasBegun = false

    init(_ state: NamespaceState, _ logger: Logger) {
        self.state = state
        self.logger = logger
        leases = LeaseSweep(state.leases)
        wakes = WakeSweep(state, logger)
    }

    func tick(now: Int64) async {
        if !hasBegun {
            hasBegun = true
            await leases.begin()
            let leases = state.leases
            Task(priority: .utility) { await leases.countThrough("") }
        }
        await leases.tick(now: now)
        await wakes.tick(now: now)
        if tokens == nil, now >= tokensDueAt {
            tokensDueAt = Timestamp(seconds: now).adding(seconds: 1).seconds
            tokens = Task {
                await self.sweepTokens()
                self.tokens = nil
            }
        }
        if keys == nil, now >= keysDueAt {
            keys = Task {
                await self.state.oidc.rotateDue(self.logger)
                self.keysDueAt =
                    Timestamp(seconds: now)
                    .adding(seconds: self.state.oidc.secondsToSleep(now: now)).seconds
                self.keys = nil
            }
        }
    }

    func end() async {
        tokens?.cancel()
        keys?.cancel()
        await leases.end()
        await wakes.end()
    }

    private func sweepTokens() async {
        let limit = KernelLimits.expiredTokensAtOnce
        while !Task.isCancelled {
            do throws(BackendFailure) {
                let swept = try await state.tokens.sweepExpired(
                    now: Timestamp.now.seconds, limit: limit)
                // What is due and was not looked at does not wait for the next second.
                if swept < limit { return }
            } catch {
                if error.code == .sealed { return }
                return logger.warning(
                    "expired tokens were not revoked", metadata: ["error": "\(error)"])
            }
        }
    }
}
