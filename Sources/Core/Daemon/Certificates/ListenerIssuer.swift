// Keeps one listener in certificates of a mount of the server's own, while it serves.

internal import Clock
internal import HTTPAPI
internal import Kernel
internal import Logging

/// Looks every second whether there is something to do. A failure never takes away what is in use.
actor ListenerIssuer {
    private let address: ListenerAddress
    private let hasFiles: Bool
    private let pipeline: RequestPipeline
    private let core: Core
    private let http: HTTPServer
    private let logger: Logger
    private var issue: TLSIssueConfiguration
    private var schedule: RenewalSchedule

    init(
        _ issue: TLSIssueConfiguration, hasFiles: Bool, at address: ListenerAddress, core: Core,
        http: HTTPServer, logger: Logger
    ) {
        self.issue = issue
        self.hasFiles = hasFiles
        self.address = address
        self.core = core
        pipeline = RequestPipeline(core: core)
        self.http = http
        var logger = logger
        logger[metadataKey: "address"] = "\(address)"
        self.logger = logger
        schedule = RenewalSchedule(now: Timestamp.now.seconds)
    }

    func run() async {
        while !Task.isCancelled {
            await tick()
            try? await Task.sleep(nanoseconds: 1_000_000_000)
        }
    }

    /// SIGHUP: asks for a new certificate with what the configuration says now.
    func reload(_ issue: TLSIssueConfiguration?) {
        if let issue { self.issue = issue }
        schedule.hurry(now: Timestamp.now.seconds)
    }

    private func tick() async {
        let now = Timestamp.now.seconds
        if schedule.takeEnd(now: now) { fallBack() }
        guard !core.isSealed, schedule.isDue(now: now) else { return }
        let asked = issue
        do throws(BackendFailure) {
            let answer = try await pipeline.ask(asked.request)
            let identity = try ServerIdentity(answer: answer, now: .now)
            do throws(ListenerError) { try http.install(identity, at: address) } catch {
                throw BackendFailure(.upstreamFailed, error.message)
            }
            let facts = identity.facts
            schedule.issued(endsAt: facts.endsAt.seconds, now: Timestamp.now.seconds)
            if issue != asked { schedule.hurry(now: now) }
            logger.info(
                "the listener has a new certificate",
                metadata: [
                    "path": "\(asked.path)", "serial": "\(facts.serial)",
                    "sha256": "\(facts.fingerprint)", "ends": "\(facts.endsAt.rfc3339Seconds)",
                    "renewal": "\(Timestamp(seconds: schedule.nextAt).rfc3339Seconds)",
                ])
        } catch {
            // Sealing ends engines; that is no failure of theirs.
            if core.isSealed { return }
            let wait = schedule.failed(now: Timestamp.now.seconds)
            logger.warning(
                "the listener got no new certificate, the one before stays in use",
                metadata: [
                    "path": "\(asked.path)", "namespace": "\(asked.namespace)",
                    "reason": "\(error.message)", "again_in_seconds": "\(wait)",
                    "ends": "\(inUse?.endsAt.rfc3339Seconds ?? "")",
                ])
        }
    }

    private var inUse: CertificateFacts? {
        http.certificates.first { $0.address == address }?.facts
    }

    /// The issued certificate has ended. Files that the configuration names are better than that.
    private func fallBack() {
        guard hasFiles else {
            return logger.error("the listener's certificate has ended, and there is no other")
        }
        do throws(ListenerError) {
            try http.restoreCertificate(at: address)
            logger.error("the listener's certificate has ended, that of its files is in use again")
        } catch {
            logger.error(
                "the listener's certificate has ended, and that of its files cannot be used",
                metadata: ["reason": "\(error.message)"])
        }
    }
}
