// Tokens that were made, counted by who made them, for how long, and of which type.

internal import Metrics
internal import Synchronization

/// Who makes a token, as metrics show it.
struct TokenOrigin: Sendable, Hashable {
    /// The type of the auth method.
    var method = "token"
    var mountPoint = NamespaceState.tokenMount
}

/// The series of `token.creation`. Each is made when its first token comes.
final class TokenCreations: Sendable {
    private struct Series: Hashable {
        let origin: TokenOrigin
        let namespace: String
        let lifetime: String
        let kind: TokenKind
    }

    /// The lifetimes that are told apart, each up to and with its seconds.
    private static let lifetimes: [(seconds: Int64, name: String)] = [
        (60, "1m"), (600, "10m"), (1200, "20m"), (3600, "1h"), (7200, "2h"), (86_400, "1d"),
        (172_800, "2d"), (604_800, "7d"), (2_592_000, "30d"),
    ]
    private static let longer = "+Inf"

    private let metrics: Metrics
    private let counters = Mutex<[Series: Counter]>([:])
    /// For what the registry has no room for.
    private let unlisted = Counter()

    init(_ metrics: Metrics) { self.metrics = metrics }

    func count(_ entry: TokenEntry, of origin: TokenOrigin, in namespace: Namespace) {
        let series = Series(
            origin: origin, namespace: namespace.label,
            lifetime: Self.lifetime(entry.creationTTLSeconds), kind: entry.kind)
        counters.withLock { counters in
            if let known = counters[series] { return known }
            return add(series, &counters)
        }.increment()
    }

    private func add(_ series: Series, _ counters: inout [Series: Counter]) -> Counter {
        guard counters.count < Metrics.maxSeries else { return unlisted }
        let counter = Counter()
        let name = MetricName(
            "token.creation",
            [
                ("auth_method", series.origin.method), ("creation_ttl", series.lifetime),
                ("mount_point", series.origin.mountPoint), ("namespace", series.namespace),
                ("token_type", series.kind.rawValue),
            ])
        let kept = metrics.register(name, counter) ? counter : unlisted
        counters[series] = kept
        return kept
    }

    /// 0 is without an end.
    static func lifetime(_ seconds: Int64) -> String {
        guard seconds > 0 else { return longer }
        return lifetimes.first { seconds <= $0.seconds }?.name ?? longer
    }
}
