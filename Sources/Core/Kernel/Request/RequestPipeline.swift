// The way of a request, in order. The order is the security model; see ARCHITECTURE.md.

internal import Clock

/// Takes requests from listeners to engines and their outcomes back.
public final class RequestPipeline: RequestHandler {
    let core: Core

    public init(core: Core) { self.core = core }

    public func handle(
        _ request: ClientRequest, then: @escaping @Sendable (ClientResponse) -> Void
    ) {
        if core.status.answers(request) { return core.status.handle(request, then: then) }
        run(request, Progress(), then)
    }

    /// The first half: everything that is decided before an engine sees anything.
    func admit(_ request: ClientRequest, _ progress: Progress) -> Admission {
        var caller: Caller?
        do throws(BackendFailure) {
            let state = try core.activeState()
            try checkNamespace(request)
            let target = state.mounts.route(request.path)
            if let wait = engineToOpen(target, progress) { return .needs(wait) }
            if isUnauthenticated(target) {
                caller = optionalCaller(request, target, state)
            } else {
                let token = try token(of: request, progress, state)
                if let wait = try useToCount(token, progress) { return .needs(wait) }
                caller = makeCaller(token, request, state)
            }
            let operation = try authorise(request, target, caller, state)
            try core.audit.record(request, caller?.token.entry, denial: nil)
            guard let target else { throw noRoute(request.path) }
            try refuseUnbuilt(request)
            guard let backend = target.mount.backend else { throw progress.brokenEngine ?? closed }
            let small = engineRequest(request, operation, path: target.rest, caller)
            return .admitted(Admitted(request: small, backend: backend, mount: target.mount))
        } catch { return .denied(error, caller?.token.entry) }
    }

    private func run(
        _ request: ClientRequest, _ progress: Progress,
        _ then: @escaping @Sendable (ClientResponse) -> Void
    ) {
        switch admit(request, progress) {
        case .admitted(let admitted):
            admitted.backend.handle(admitted.request) { outcome in
                self.finish(self.conclude(request, outcome, admitted.mount), progress, then)
            }
        case .denied(let failure, let token):
            finish(conclude(request, denied(request, failure, token), nil), progress, then)
        case .needs(let wait): waitThenRun(request, wait, progress, then)
        }
    }

    /// The second half: the engine's answer is checked as a stranger's and put into an envelope.
    func conclude(
        _ request: ClientRequest, _ outcome: BackendOutcome, _ mount: Mount?
    ) -> ClientResponse {
        let response: ClientResponse
        switch outcome {
        case .success(let answer): response = self.response(to: request, answer, mount)
        case .failure(let failure): response = self.response(to: request, failure)
        }
        do {
            try core.audit.record(response, to: request)
            return response
        } catch { return self.response(to: request, error) }
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
                let state = try core.activeState()
                switch wait {
                case .backend(let mount): _ = try await state.mounts.backend(of: mount)
                case .tokenUse(let token):
                    progress.countedUse = try await state.tokens.consumeUse(
                        token, now: Timestamp.now.seconds)
                }
            } catch {
                switch wait {
                case .backend: progress.brokenEngine = error
                case .tokenUse: progress.uncountedUse = error
                }
            }
            run(request, progress, then)
        }
    }

    /// Hands the response over; a token whose last use this was ends with it.
    private func finish(
        _ response: ClientResponse, _ progress: Progress,
        _ then: @escaping @Sendable (ClientResponse) -> Void
    ) {
        guard let token = progress.countedUse, token.entry.usesLeft < 0 else {
            return then(response)
        }
        Task {
            // If this fails the token stays stored but used up: it opens nothing, and its expiry
            // removes it.
            try? await core.activeState().tokens.revoke(token.key)
            then(response)
        }
    }
}
