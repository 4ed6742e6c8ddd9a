// An auth method let somebody in: the core makes the token, within what the mount and the system
// allow, whatever the auth method says.

internal import Clock
internal import Network
internal import Paths

extension RequestPipeline {
    func endWithLogin(_ grant: AuthGrant, _ answer: BackendAnswer, _ exchange: Exchange) {
        do throws(BackendFailure) {
            let state = try exchange.requireState()
            guard let mount = exchange.mount else { throw Self.permissionDenied }
            guard state.mounts.isServing(mount.entry.id) else { throw Self.mountIsGoing }
            try refuseMisplaced(answer, exchange, mount)
            let login = Login(grant, answer, state: state, mount: mount)
            var request = try login.tokenRequest(path: exchange.request.path)
            guard !grant.aliasName.isEmpty else { return issue(request, login, exchange) }
            if let entityID = try state.settledEntityID(of: grant, mount: mount.entry) {
                request.entityID = entityID
                return issue(request, login, exchange)
            }
            Task { [request] in
                do throws(BackendFailure) {
                    var request = request
                    request.entityID = try await state.entityID(of: grant, mount: mount.entry)
                    issue(request, login, exchange)
                } catch { deliver(response(to: exchange.request, error), exchange) }
            }
        } catch { deliver(response(to: exchange.request, error), exchange) }
    }

    private func issue(_ request: TokenRequest, _ login: Login, _ exchange: Exchange) {
        let state = login.state
        let now = Timestamp.now.seconds
        let identityPolicies = state.identityPolicies(of: request.entityID)
        guard !identityPolicies.contains(PolicyName.root.text) else {
            return deliver(response(to: exchange.request, Login.rootRefusal), exchange)
        }
        let lifetimes = state.lifetimes(of: login.mount.entry.settings)
        state.tokens.issue(request, parent: nil, mount: lifetimes, now: now) { result in
            switch result {
            case .failure(let failure):
                self.deliver(self.response(to: exchange.request, failure), exchange)
            case .success(let token):
                guard state.mounts.isServing(login.mount.entry.id) else {
                    return self.takeBack(token, login, exchange)
                }
                self.forgetFailedLogins(exchange)
                var answer = login.answer
                answer.auth = nil
                answer.warnings += token.warnings
                answer.login = TokenPresentation.auth(
                    token.entry, secret: token.secret, identityPolicies: identityPolicies, now: now)
                self.wrapThenDeliver(self.response(to: exchange, answer), exchange)
            }
        }
    }

    private static var mountIsGoing: BackendFailure {
        BackendFailure(.unavailable, "the mount is being disabled or moved", retryAfterSeconds: 1)
    }

    /// A mount that is going was asked for its tokens before this one was there.
    private func takeBack(_ token: IssuedToken, _ login: Login, _ exchange: Exchange) {
        let tokens = login.state.tokens
        Task {
            try? await tokens.revoke(tokens.key(of: token.secret))
            deliver(response(to: exchange.request, Self.mountIsGoing), exchange)
        }
    }

    /// A login is an answer to somebody who has no token yet, and it is not an error.
    private func refuseMisplaced(
        _ answer: BackendAnswer, _ exchange: Exchange, _ mount: Mount
    ) throws(BackendFailure) {
        let path = String(exchange.request.path.dropFirst(mount.entry.route.count))
        let manifest = mount.backend?.manifest
        guard manifest?.unauthenticatedPaths.contains(path) ?? false else {
            throw BackendFailure(
                .internalError, "the engine returned a login to a request that was no login")
        }
        if let status = answer.status, status >= 300 {
            throw BackendFailure(
                .internalError, "the engine returned a login together with an error")
        }
    }
}

/// A login on its way to a token.
private struct Login: Sendable {
    let grant: AuthGrant
    let answer: BackendAnswer
    let state: NamespaceState
    let mount: Mount

    init(_ grant: AuthGrant, _ answer: BackendAnswer, state: NamespaceState, mount: Mount) {
        self.grant = grant
        self.answer = answer
        self.state = state
        self.mount = mount
    }

    /// Only an operator's own token is root; an auth method that could say so would be one.
    static var rootRefusal: BackendFailure {
        BackendFailure(.invalidRequest, "auth methods cannot create root tokens")
    }

    func tokenRequest(path: String) throws(BackendFailure) -> TokenRequest {
        var request = TokenRequest()
        request.kind = try kind()
        request.policies = try policies()
        request.metadata = try TokenMetadata.checked(grant.metadata)
        request.isRenewable = grant.isRenewable
        request.usualTTLSeconds = Int64(clamping: grant.ttlSeconds)
        request.maxTTLSeconds = Int64(clamping: grant.maxTTLSeconds)
        request.periodSeconds = Int64(clamping: grant.periodSeconds)
        request.explicitMaxTTLSeconds = Int64(clamping: grant.explicitMaxTTLSeconds)
        request.numberOfUses = Int64(clamping: grant.numberOfUses)
        request.displayName = displayName
        request.origin = TokenOrigin(method: mount.entry.type, mountPoint: mount.entry.route)
        request.path = path
        request.boundCIDRs = try [CIDRBlock](
            parsing: grant.boundCIDRs, field: "token_bound_cidrs")
        if request.kind == .service {
            request.login = TokenLogin(
                mountID: mount.entry.id,
                path: String(path.dropFirst(mount.entry.route.count)),
                internalData: grant.internalData, ttlSeconds: request.usualTTLSeconds,
                maxTTLSeconds: request.maxTTLSeconds)
        }
        return request
    }

    /// The mount decides between service and batch, or leaves it to the auth method.
    private func kind() throws(BackendFailure) -> TokenKind {
        let rule = TokenKindRule(rawValue: mount.entry.settings.tokenType) ?? .defaultService
        let kind = rule.kind(asked: TokenKind(rawValue: grant.tokenType))
        if kind == .batch, grant.numberOfUses > 0 {
            // Made without a count it could be used for ever.
            throw BackendFailure(
                .invalidRequest, "batch tokens cannot have a limited number of uses")
        }
        return kind
    }

    private func policies() throws(BackendFailure) -> [String] {
        var policies = try PolicyList(grant.policies)
        if !grant.excludesDefaultPolicy { policies.add(.default) }
        if policies.contains(.root) { throw Self.rootRefusal }
        if let name = policies.unassignable {
            throw BackendFailure(.invalidRequest, "cannot assign policy \"\(name)\"")
        }
        return policies.sorted
    }

    /// The mount's path with hyphens, and who it is there: `userpass-alice`.
    private var displayName: String {
        let mountName = mount.entry.path.dropLast().map { $0 == "/" ? "-" : $0 }
        return String(mountName) + (grant.displayName.isEmpty ? "" : "-" + grant.displayName)
    }
}
