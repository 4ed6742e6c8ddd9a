// The rate limits in force. A listener asks before it keeps a body, parses JSON or looks at a
// token.

internal import Atomics
internal import Clock
internal import Metrics
internal import Paths

/// What a listener is told about a request of which it has the head only.
public enum RateLimitVerdict: Sendable {
    /// No limit applies.
    case unlimited
    /// Headers that the response gets.
    case allowed([(name: String, value: String)])
    case refused(message: String, headers: [(name: String, value: String)], isAudited: Bool)
}

/// Without a quota, a request pays one atomic load.
final class RateLimits: Sendable {
    /// A quota ready for use.
    struct Limit: Sendable {
        let number: UInt32
        let shape: BucketShape
        let violations: Counter
    }

    struct Table: Sendable {
        var limits = ScopeTable<Limit>([])
        var exempt = PathSet([])
        var absoluteExempt = PathSet([])
        var configuration = QuotaConfiguration()
    }

    private let isActive = ManagedAtomic<Bool>(false)
    private let table = Snapshot(Table())
    private let buckets = ClientBuckets()

    func replace(_ new: Table) {
        table.store(new)
        isActive.store(!new.limits.isEmpty, ordering: .releasing)
    }

    /// While sealed there are none.
    func removeAll() {
        replace(Table())
        buckets.removeAll()
    }

    func check(
        path: String, namespace: String, remoteAddress: String,
        now: @autoclosure () -> UInt64 = MonotonicClock.nowNanoseconds
    ) -> RateLimitVerdict {
        guard isActive.load(ordering: .acquiring) else { return .unlimited }
        let table = table.value
        let isRoot = namespace.isEmpty || namespace == NamespaceTable.rootName
        let absolute = isRoot ? path : namespace + "/" + path
        if table.exempt.contains(path) || table.absoluteExempt.contains(absolute) {
            return .unlimited
        }
        guard let limit = table.limits[absolute] else { return .unlimited }
        let key = ClientBuckets.Key(quota: limit.number, client: ClientAddress(remoteAddress))
        switch buckets.take(key, limit.shape, now: now()) {
        case .allowed(let remaining, let fullIn):
            guard table.configuration.addsHeaders else { return .unlimited }
            return .allowed(headers(limit, remaining: remaining, resetNanoseconds: fullIn))
        case .refused(let wait):
            limit.violations.increment()
            var headers = [("Retry-After", Self.seconds(wait))]
            if table.configuration.addsHeaders {
                headers += self.headers(limit, remaining: 0, resetNanoseconds: wait)
            }
            return .refused(
                message: "request path \"\(path)\": rate limit quota exceeded", headers: headers,
                isAudited: table.configuration.auditsRefusals)
        }
    }

    private func headers(
        _ limit: Limit, remaining: UInt64, resetNanoseconds: UInt64
    ) -> [(name: String, value: String)] {
        [
            ("X-Ratelimit-Limit", String(limit.shape.burst)),
            ("X-Ratelimit-Remaining", String(remaining)),
            ("X-Ratelimit-Reset", Self.seconds(resetNanoseconds)),
        ]
    }

    /// Rounded up, so that whoever waits so long is let in.
    private static func seconds(_ nanoseconds: UInt64) -> String {
        String(max(1, nanoseconds / 1_000_000_000 + (nanoseconds % 1_000_000_000 == 0 ? 0 : 1)))
    }
}
