// A bound on open connections: each costs a descriptor and some memory before it has proved
// anything.

internal import Atomics
internal import Logging
internal import NIOCore

final class ConnectionLimiter: Sendable {
    private let open = ManagedAtomic<Int>(0)
    private let warnedAt = ManagedAtomic<Int64>(.min)
    private let maxConnections: Int
    private let address: String
    private let logger: Logger

    init(maxConnections: Int, address: String, logger: Logger) {
        self.maxConnections = maxConnections
        self.address = address
        self.logger = logger
    }

    /// Every `true` is followed by one `leave`.
    func enter() -> Bool {
        guard open.loadThenWrappingIncrement(ordering: .relaxed) < maxConnections else {
            leave()
            warn()
            return false
        }
        return true
    }

    func leave() { open.wrappingDecrement(ordering: .relaxed) }

    /// Once in ten seconds at most: whoever opens connections must not be able to fill the log.
    private func warn() {
        let now = Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000_000)
        let last = warnedAt.load(ordering: .relaxed)
        guard last == .min || now - last >= 10,
            warnedAt.compareExchange(expected: last, desired: now, ordering: .relaxed).exchanged
        else { return }
        logger.warning(
            "connections are turned away, too many are open",
            metadata: ["address": "\(address)", "limit": "\(maxConnections)"])
    }
}
