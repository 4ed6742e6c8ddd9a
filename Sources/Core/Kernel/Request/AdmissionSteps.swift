// The single steps of admitting a request; `RequestPipeline.admit` has their order.

internal import Clock
internal import Cryptography
internal import JSON
internal import Paths

extension RequestPipeline {
    static var permissionDenied: BackendFailure {
        BackendFailure(.permissionDenied, "permission denied")
    }

    /// What the core asks an engine of its own accord nobody else asks: a client that could revoke
    /// with data of its choice would revoke anything.
    func checkOperation(_ request: ClientRequest) throws(BackendFailure) {
        switch request.operation {
        case .create, .read, .update, .patch, .delete, .list, .help: return
        case .initialize, .renew, .revoke, .rollback, .wake:
            throw BackendFailure(.unsupportedOperation, "unsupported operation")
        }
    }

    func noRoute(_ path: String) -> BackendFailure {
        BackendFailure(
            .unsupportedPath, "no handler for route \"\(path)\". route entry not found.")
    }

    /// The engine's declarations decide who may ask it what, so it is opened before anything is
    /// decided. What went wrong there is said at the end, to those who may know that the mount
    /// exists.
    func engineToOpen(
        _ target: Target, _ progress: Progress, _ state: NamespaceState
    ) -> Wait? {
        guard target.backend == nil, progress.brokenEngine == nil else { return nil }
        return .backend(target.mount, state)
    }

    var closed: BackendFailure {
        BackendFailure(.unavailable, "the engine is not running", retryAfterSeconds: 1)
    }

    /// `//` is refused wherever a path is compared with another: `a//b` would be one path to a
    /// policy and another to whoever cleans paths on the way. The exception is what is no path but
    /// data that lies in one, as OCSP has it: base64 has slashes, two in a row as well, and whoever
    /// made one of two would have changed the data. So the engine has to ask for it in the pattern
    /// of its route, and the path has to be one that is read without a token, where no policy is
    /// asked. As a pattern has no other place for it, mounts and namespaces do not see it either.
    func checkEmptySegments(
        _ request: ClientRequest, _ target: Target?
    ) throws(BackendFailure) {
        guard request.operation == .read, let target, let manifest = target.manifest,
            manifest.unauthenticatedPaths.contains(target.rest),
            manifest.routes.route(for: target.rest)?.route.pattern.takesEmptySegments ?? false
        else { throw BackendFailure(.invalidRequest, "path contains \"//\"") }
    }

    /// Whether the engine answers this path without a token.
    func isUnauthenticated(_ target: Target, _ request: ClientRequest) -> Bool {
        guard let manifest = target.manifest else { return false }
        if manifest.unauthenticatedPaths.contains(target.rest) { return true }
        return !request.listenerPermissions.isEmpty
            && manifest.isOpened(target.rest, by: request.listenerPermissions)
    }

    /// The token of the request; one whose use was counted is not looked up again.
    func token(
        of request: ClientRequest, _ progress: Progress, _ state: NamespaceState,
        _ active: ActiveState
    ) throws(BackendFailure) -> PresentedToken {
        if let counted = progress.countedUse { return counted }
        if let broken = progress.brokenNamespace { throw broken }
        return try authenticate(request, state, active)
    }

    /// The tables of the namespace that the token belongs to are needed first.
    func homeToOpen(
        _ request: ClientRequest, _ progress: Progress, _ state: NamespaceState,
        _ active: ActiveState
    ) -> Wait? {
        guard !active.namespaces.isRootOnly, let secret = request.token else { return nil }
        return namespaceToOpen(home(of: secret, state, active), progress)
    }

    /// The token that the request brings, if it is alive.
    func authenticate(
        _ request: ClientRequest, _ state: NamespaceState, _ active: ActiveState
    ) throws(BackendFailure) -> PresentedToken {
        guard let secret = request.token, secret.count > 0 else { throw Self.permissionDenied }
        var owner = state
        if !active.namespaces.isRootOnly {
            guard let found = home(of: secret, state, active)?.state else {
                throw Self.permissionDenied
            }
            owner = found
        }
        let now = Timestamp.now.seconds
        guard let token = try owner.tokens.open(secret, lane: request.lane, now: now) else {
            throw Self.invalidToken(request)
        }
        guard token.entry.admits(request.remoteAddress) else { throw Self.permissionDenied }
        return PresentedToken(token: token, home: owner)
    }

    /// A token with a limited number of uses is counted down before the request goes on.
    func useToCount(_ token: PresentedToken, _ progress: Progress) throws(BackendFailure) -> Wait? {
        guard token.entry.usesLeft != 0, progress.countedUse == nil else { return nil }
        if let failure = progress.uncountedUse { throw failure }
        return .tokenUse(token)
    }

    /// Who asks, with what rights: those of the token's policies and of its entity's.
    func makeCaller(
        _ token: PresentedToken, _ request: ClientRequest, _ state: NamespaceState
    ) throws(BackendFailure) -> Caller {
        Caller(
            token, secret: request.token, grant: try token.home.grant(of: token.entry, in: state),
            in: state)
    }

    /// Who asks on a path that needs no token: one of the core's own engines may show more to
    /// somebody it knows.
    func optionalCaller(
        _ request: ClientRequest, _ target: Target, _ state: NamespaceState, _ active: ActiveState
    ) -> Caller? {
        guard target.mount.isBuiltIn,
            let token = try? authenticate(request, state, active), token.entry.usesLeft == 0
        else { return nil }
        return try? makeCaller(token, request, state)
    }

    /// Those who unwrap with a token that is used up or never was are told so, since it may mean
    /// that somebody else has read what was meant for them.
    private static func invalidToken(_ request: ClientRequest) -> BackendFailure {
        if request.path == "sys/wrapping/unwrap" || request.path == "sys/wrapping/rewrap" {
            return WrappingStore.invalid
        }
        return BackendFailure(
            .permissionDenied,
            "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n")
    }

    /// Policy, for paths that need a token. Gives back the operation as the engine will see it: an
    /// update of what is not there is a creation.
    func authorise(
        _ request: ClientRequest, _ target: Target?, _ caller: Caller, _ state: NamespaceState
    ) throws(BackendFailure) -> Paths.Operation {
        var operation = request.operation
        let access = caller.access(to: request.path, operation: operation)
        if operation == .update, access.capabilities.dependsOnExistence, let target,
            try !exists(target, state)
        {
            operation = .create
        }
        var parameters: JSONValue?
        if access.needsParameters(for: operation), !request.data.isEmpty {
            // Parameters that cannot be read are not "no parameters": a policy that limits them
            // would be passed by.
            do throws(JSONError) { parameters = try JSONValue(parsing: request.data) } catch {
                throw BackendFailure(.invalidRequest, "failed to parse JSON input: \(error)")
            }
        }
        let verdict = access.verdict(
            operation: operation, parameters: parameters, wrapTTLSeconds: request.wrapTTLSeconds)
        guard case .allowed(let hasSudo) = verdict else { throw Self.permissionDenied }
        if !hasSudo, let target, target.manifest?.sudoPaths.contains(target.rest) ?? true {
            // An engine that could not be opened declares nothing; then every path is taken for a
            // protected one.
            throw Self.permissionDenied
        }
        return operation
    }

    /// Whether the entry that the engine names for this path is there. An engine that declares
    /// nothing is not asked.
    private func exists(_ target: Target, _ state: NamespaceState) throws(BackendFailure) -> Bool {
        guard let key = target.manifest?.existenceKey(for: target.rest) else { return true }
        return try state.mounts.storage(of: target.mount.entry).get(key) != nil
    }

    /// The engine's request, made by allow-list: the token, the namespace and all headers that
    /// the mount does not pass stay here.
    func engineRequest(
        _ request: ClientRequest, _ operation: Paths.Operation,
        _ target: Target, _ caller: Caller?, _ state: NamespaceState, now: UInt64
    ) -> BackendRequest {
        BackendRequest(
            lane: request.lane, operation: operation, path: target.rest, data: request.data,
            requestID: request.id, entityID: caller?.entityID ?? "",
            displayName: caller?.token.entry.displayName ?? "",
            remoteAddress: request.remoteAddress,
            headers: target.mount.headerRules.forEngine(request.headers),
            deadlineNanoseconds: now
                &+ (request.maxSeconds ?? core.settings.maxRequestSeconds) &* 1_000_000_000,
            caller: caller, state: state, clientToken: request.token,
            isWrapped: request.wrapTTLSeconds != nil)
    }
}
