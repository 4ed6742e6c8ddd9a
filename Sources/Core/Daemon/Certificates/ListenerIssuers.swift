// The listeners that have their certificates issued, and what the metrics say of all certificates.

internal import Clock
internal import HTTPAPI
internal import Kernel
internal import Logging
internal import Metrics
internal import Synchronization

final class ListenerIssuers: Sendable {
    private struct Entry {
        /// As the configuration has it: with port 0 another one than the bound one.
        let configuredAddress: ListenerAddress
        let issuer: ListenerIssuer
        let task: Task<Void, Never>
    }

    private let core: Core
    private let http: HTTPServer
    private let logger: Logger
    private let entries = Mutex<[Entry]>([])

    init(core: Core, http: HTTPServer, logger: Logger) {
        self.core = core
        self.http = http
        self.logger = logger
        core.figures.metrics.registerCollector { [weak http] in
            let now = Timestamp.now.seconds
            return (http?.certificates ?? []).map { address, facts in
                MetricsReading.Gauge(
                    MetricName(
                        "listener.certificate.remaining_seconds", [("address", "\(address)")]),
                    Double(facts.endsAt.seconds &- now))
            }
        }
    }

    /// The listener at this address serves; if its configuration says so, it gets certificates.
    func begin(
        _ listener: HTTPAPI.ListenerConfiguration, _ tls: TLSConfiguration?,
        at address: ListenerAddress
    ) {
        guard let tls, let issue = tls.issue else { return }
        if tls.files == nil,
            let facts = http.certificates.first(where: { $0.address == address })?.facts
        {
            logger.warning(
                "the listener serves with a certificate signed by itself until one is issued",
                metadata: [
                    "address": "\(address)", "path": "\(issue.path)",
                    "sha256": "\(facts.fingerprint)",
                ])
        }
        let issuer = ListenerIssuer(
            issue, hasFiles: tls.files != nil, at: address, core: core, http: http, logger: logger)
        let entry = Entry(
            configuredAddress: listener.address, issuer: issuer, task: Task { await issuer.run() })
        entries.withLock { $0.append(entry) }
    }

    /// SIGHUP.
    func reload(_ configuration: ServerConfiguration) async {
        for entry in entries.withLock({ $0 }) {
            let issue = configuration.listeners.lazy.compactMap { listener in
                listener.httpAddress == entry.configuredAddress ? listener.tls?.issue : nil
            }.first
            await entry.issuer.reload(issue)
        }
    }

    func end() {
        for entry in entries.withLock({ $0 }) { entry.task.cancel() }
    }
}
