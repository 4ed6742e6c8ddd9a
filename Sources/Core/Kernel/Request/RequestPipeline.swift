// The way of a request, in order. The order is the security model; see ARCHITECTURE.md.

internal import Clock
internal import Metrics
internal import Network
internal import Paths

/// Takes requests from listeners to engines and their outcomes back.
public final class RequestPipeline: RequestHandler {
    let core: Core

    public init(core: Core) { self.core = core }

    public func handle(
        _ request: ClientRequest, then: @escaping @Sendable (ClientResponse) -> Void
    ) {
        if core.status.answers(request) { return core.status.handle(request, then: then) }
        core.figures.requestsBegun.increment()
        let received = request.receivedNanoseconds
        let started = received == 0 ? MonotonicClock.nowNanoseconds : received
        run(request, Progress(startedNanoseconds: started), then)
    }

    /// The first half: everything that is decided before an engine sees anything.
    func admit(_ request: ClientRequest, _ progress: Progress) -> Admission {
        do throws(BackendFailure) {
            let active = try core.activeState()
            if active.namespaces.isRootOnly, request.namespace.isEmpty {
                return admit(request, progress, active, active.root)
            }
            let (node, placed) = try active.namespaces.place(request)
            if let wait = namespaceToOpen(node, progress) { return .needs(wait) }
            guard let state = node.state else { throw progress.brokenNamespace ?? closed }
            return admit(placed, progress, active, state, lockedBy: node.lockedBy)
        } catch {
            let subject = RequestSubject(request, operation: request.operation, trace: newTrace)
            return .denied(
                error, subject, RequestTimes(startedNanoseconds: progress.startedNanoseconds))
        }
    }

    /// The same, once it is known which namespace the request is for.
    private func admit(
        _ request: ClientRequest, _ progress: Progress, _ active: ActiveState,
        _ state: NamespaceState, lockedBy lock: String? = nil
    ) -> Admission {
        var times = RequestTimes(startedNanoseconds: progress.startedNanoseconds)
        var operation = request.operation
        var target: Target?
        var loginName: LoginName?
        var caller: Caller?
        do throws(BackendFailure) {
            if let lock { try checkLock(lock, request) }
            try checkOperation(request)
            if let (mount, rest) = state.mounts.route(request.path) { target = Target(mount, rest) }
            if let target, let wait = engineToOpen(target, progress, state) { return .needs(wait) }
            if request.hasEmptySegments { try checkEmptySegments(request, target) }
            if let target, isUnauthenticated(target, request) {
                loginName = try self.loginName(request, target, state)
                caller = optionalCaller(request, target, state, active)
                times.isLogin = target.mount.entry.kind == .auth
            } else {
                if let wait = homeToOpen(request, progress, state, active) {
                    return .needs(wait)
                }
                let token = try token(of: request, progress, state, active)
                if let wait = try useToCount(token, progress) { return .needs(wait) }
                let known = try makeCaller(token, request, state)
                caller = known
                core.figures.aclFetches.record(nanoseconds: times.elapsed)
                operation = try authorise(request, target, known, state)
            }
            times.admit(core.figures)
            guard let target else { throw noRoute(request.path) }
            guard let backend = target.backend else { throw progress.brokenEngine ?? closed }
            let small = engineRequest(
                request, operation, target, caller, state, now: times.admittedNanoseconds)
            let subject = RequestSubject(
                request, operation: operation, caller: caller, state: state, mount: target.mount,
                loginName: loginName, trace: newTrace)
            return .admitted(
                Admitted(request: small, backend: backend, subject: subject, times: times))
        } catch {
            let subject = RequestSubject(
                request, operation: operation, caller: caller, state: state, mount: target?.mount,
                loginName: loginName, trace: newTrace)
            return .denied(error, subject, times)
        }
    }

    /// What the audit log remembers of a request, if it has devices.
    private var newTrace: AuditTrace? { core.audit.isRecording ? AuditTrace() : nil }

    private func run(
        _ request: ClientRequest, _ progress: Progress,
        _ then: @escaping @Sendable (ClientResponse) -> Void
    ) {
        switch admit(request, progress) {
        case .admitted(let admitted):
            let exchange = Exchange(
                subject: admitted.subject, countedUse: progress.countedUse, times: admitted.times,
                then: then)
            recordThenCall(admitted, exchange)
        case .denied(let failure, let subject, let times):
            let exchange = Exchange(
                subject: subject, countedUse: progress.countedUse, times: times, then: then)
            recordThenDeny(failure, exchange)
        case .needs(let wait): waitThenRun(request, wait, progress, then)
        }
    }

    /// What is not recorded does not run.
    func recordThenCall(_ admitted: Admitted, _ exchange: Exchange) {
        guard core.audit.isRecording else { return call(admitted, exchange) }
        core.audit.record(exchange.subject, denial: nil) { failure in
            if failure != nil {
                self.finish(self.response(to: exchange.request, .unrecordedRequest), exchange)
            } else {
                self.call(admitted, exchange)
            }
        }
    }

    private func call(_ admitted: Admitted, _ exchange: Exchange) {
        if admitted.request.operation == .help {
            return settle(PathHelp.outcome(of: admitted, exchange), exchange)
        }
        admitted.backend.handle(admitted.request) { outcome in
            self.recordRoute(exchange)
            self.settleIntent(outcome, exchange) { self.noteWake($0, exchange) }
        }
    }

    private func recordThenDeny(_ denial: BackendFailure, _ exchange: Exchange) {
        guard core.audit.isRecording else {
            return finish(response(to: exchange.request, denial), exchange)
        }
        core.audit.record(exchange.subject, denial: denial) { failure in
            let answer = failure == nil ? denial : .unrecordedRequest
            self.deliver(self.response(to: exchange.request, answer), exchange)
        }
    }

    /// The second half: the engine's answer is checked as a stranger's. A lease or a login in it
    /// is made before the client hears of it.
    func settle(_ outcome: BackendOutcome, _ exchange: Exchange) {
        switch outcome {
        case .failure(let failure):
            countFailedLogin(failure, exchange)
            deliver(response(to: exchange.request, failure), exchange)
        case .success(var answer):
            if let mount = exchange.mount { answer.headers = mount.visible(answer.headers) }
            if let refusal = refuse(answer, exchange.mount) {
                deliver(response(to: exchange.request, refusal), exchange)
            } else if let grant = answer.lease {
                endWithLease(grant, answer, exchange)
            } else if let grant = answer.auth {
                endWithLogin(grant, answer, exchange)
            } else {
                wrapThenDeliver(response(to: exchange, answer), exchange)
            }
        }
    }

    /// What is not recorded is not returned.
    func deliver(
        _ response: ClientResponse, wrapped: ClientResponse? = nil, _ exchange: Exchange
    ) {
        guard core.audit.isRecording else { return finish(response, exchange) }
        core.audit.record(response, wrapped: wrapped, to: exchange.subject) { failure in
            guard failure == nil else {
                let answer = self.response(to: exchange.request, .unrecordedResponse)
                return self.finish(answer, exchange)
            }
            self.finish(response, exchange)
        }
    }
}

// MARK: The slow ways

extension RequestPipeline {
    private func waitThenRun(
        _ request: ClientRequest, _ wait: Wait, _ progress: Progress,
        _ then: @escaping @Sendable (ClientResponse) -> Void
    ) {
        Task {
            var progress = progress
            do throws(BackendFailure) {
                let active = try core.activeState()
                switch wait {
                case .backend(let mount, let state):
                    _ = try await state.mounts.backend(of: mount)
                case .namespace(let node): _ = try await active.namespaces.state(of: node)
                case .tokenUse(let presented):
                    progress.countedUse = try await presented.home.tokens.consumeUse(
                        presented.token, now: Timestamp.now.seconds
                    ).map { PresentedToken(token: $0, home: presented.home) }
                }
            } catch {
                switch wait {
                case .backend: progress.brokenEngine = error
                case .namespace: progress.brokenNamespace = error
                case .tokenUse: progress.uncountedUse = error
                }
            }
            run(request, progress, then)
        }
    }

    /// Hands the response over; a token whose last use this was ends with it.
    private func finish(_ response: ClientResponse, _ exchange: Exchange) {
        recordEnd(exchange)
        guard let token = exchange.countedUse, token.entry.usesLeft < 0 else {
            return exchange.then(response)
        }
        Task {
            // If this fails the token stays stored but used up: it opens nothing, and its expiry
            // removes it.
            try? await token.home.tokens.revoke(token.token.key)
            exchange.then(response)
        }
    }
}
