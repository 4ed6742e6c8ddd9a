// An engine made a secret that ends: the core keeps a lease of it before the client sees it.

internal import Barrier
internal import Clock

extension RequestPipeline {
    /// Stores the lease, then delivers the secret. A secret whose lease cannot be stored is undone
    /// and not shown.
    func endWithLease(_ grant: LeaseGrant, _ answer: BackendAnswer, _ exchange: Exchange) {
        do throws(BackendFailure) {
            let new = try NewLease(grant, answer, exchange, core)
            register(new, attempt: 0)
        } catch {
            undo(grant, exchange, because: error)
        }
    }

    /// The token may be renewed, used or revoked while the engine works: the lease is stored on the
    /// condition that it is what was read last, and after a change it is read again.
    private func register(_ new: NewLease, attempt: Int) {
        let (state, exchange) = (new.state, new.exchange)
        var holder: LeaseHolder?
        do throws(BackendFailure) {
            guard attempt < KernelLimits.leaseRegistrationAttempts else {
                throw BackendFailure(
                    .unavailable, "a concurrent change won; try again", retryAfterSeconds: 1)
            }
            if let key = new.entry.token {
                guard let token = try new.holders.findLive(key, now: Timestamp.now.seconds) else {
                    throw Self.permissionDenied
                }
                holder = LeaseHolder(token: token, home: new.holders)
            }
        } catch { return undo(new.grant, exchange, because: error) }
        state.leases.store.insert(
            new.id, new.entry, token: holder,
            settling: state.leases.intents.key(of: exchange.request.id)
        ) { result in
            switch result {
            case .success:
                _ = state.leases.intents.take(exchange.request.id)
                self.deliver(new)
            case .failure(let error):
                if case .conflict = error.code, let key = new.entry.token {
                    new.holders.cache.invalidate(key)
                    return self.register(new, attempt: attempt + 1)
                }
                self.undo(new.grant, exchange, because: BackendFailure(error))
            }
        }
    }

    private func deliver(_ new: NewLease) {
        // A mount that is going was asked for its leases before this one was there.
        guard new.state.mounts.isServing(new.entry.mount) else {
            Task {
                _ = try? await new.state.leases.revoke(new.id, .final(EnginePatience()))
                self.deliver(self.response(to: new.exchange.request, self.closed), new.exchange)
            }
            return
        }
        var answer = new.answer
        answer.lease = nil
        answer.kept = new.kept
        answer.warnings += new.terms.warnings
        wrapThenDeliver(response(to: new.exchange, answer), new.exchange)
    }

    /// The secret goes back to its engine, and the client hears why.
    private func undo(_ grant: LeaseGrant, _ exchange: Exchange, because failure: BackendFailure) {
        let refusal = response(to: exchange.request, failure)
        guard let mount = exchange.mount,
            let state = exchange.subject.state
        else { return deliver(refusal, exchange) }
        Task {
            await state.leases.undo(
                grant, of: mount, path: exchange.request.path, request: exchange.request.id)
            self.deliver(refusal, exchange)
        }
    }

    // MARK: Intents

    /// Calls `then` when nothing is left of what the engine intended for the request, or when it is
    /// sure to be undone.
    func settleIntent(
        _ outcome: BackendOutcome, _ exchange: Exchange,
        then: @escaping @Sendable (BackendOutcome) -> Void
    ) {
        guard let state = exchange.subject.state,
            !state.leases.intents.isEmpty
        else { return then(outcome) }
        state.leases.settleIntent(of: exchange.request.id, outcome, then: then)
    }
}

/// A lease that is about to be stored.
private struct NewLease: Sendable {
    let grant: LeaseGrant
    let answer: BackendAnswer
    let exchange: Exchange
    let state: NamespaceState
    /// The store of the token that it ends with.
    let holders: TokenStore
    let id: LeaseID
    let entry: LeaseEntry
    let terms: LeaseTerms

    var kept: KeptLease {
        KeptLease(
            id: id.text, isRenewable: entry.isRenewable,
            ttlSeconds: UInt64(clamping: terms.ttlSeconds))
    }

    init(
        _ grant: LeaseGrant, _ answer: BackendAnswer, _ exchange: Exchange, _ core: Core
    ) throws(BackendFailure) {
        // Nobody's lease would end with nobody's token.
        guard let caller = exchange.caller, let mount = exchange.mount, !mount.isBuiltIn else {
            throw BackendFailure(
                .internalError, "the engine returned a lease to a request without a token")
        }
        if let used = exchange.countedUse, used.entry.usesLeft < 0 {
            throw BackendFailure(
                .invalidRequest,
                "Secret cannot be returned; token had one use left, so leased credentials were "
                    + "immediately revoked.")
        }
        guard mount.entry.kind == .secret else {
            throw BackendFailure(.internalError, "an auth method returned a lease")
        }
        try Self.checkQuota(exchange.request.path, caller.state, core)
        let now = Timestamp.now.seconds
        let holder = caller.token
        let (holderKey, holders) = Self.holder(holder, caller.home.tokens)
        let endsBy = holder.entry.isBatch ? holder.entry.expiresAt : 0
        let state = caller.state
        let terms = try state.leases.bounds(mount).terms(of: grant, endsBy: endsBy, now: now)
        self.grant = grant
        self.answer = answer
        self.exchange = exchange
        self.state = state
        self.terms = terms
        self.holders = holders
        id = LeaseID(path: exchange.request.path, in: state.namespace)
        guard id.text.utf8.count <= KernelLimits.leaseIDBytes else {
            throw BackendFailure(.invalidRequest, "the path is too long for a lease")
        }
        entry = LeaseEntry(
            mount: mount.entry.id, path: mount.relativePath(exchange.request.path),
            token: holderKey,
            tokenNamespace: holders === state.tokens ? "" : holders.namespace.id, issuedAt: now,
            expiresAt: terms.expiresAt,
            ttlSeconds: terms.ttlSeconds, maxTTLSeconds: Int64(clamping: grant.maxTTLSeconds),
            endsBy: endsBy, isRenewable: grant.isRenewable, dueAt: terms.expiresAt,
            internalData: grant.internalData)
    }
}

extension NewLease {
    /// As many leases as are allowed below this path are there already.
    private static func checkQuota(
        _ path: String, _ state: NamespaceState, _ core: Core
    ) throws(BackendFailure) {
        let active = try core.activeState()
        let quotas = active.quotas
        guard let quota = quotas.leaseQuota(for: state.namespace.path + path) else { return }
        let leases = active.namespaces.leases(within: quota.scope)
        guard leases >= quota.maxLeases else { return }
        quotas.countLeaseRefusal()
        throw BackendFailure(
            .rateLimited, "request path \"\(path)\": lease count quota exceeded")
    }
}

extension Mount {
    /// What of a path of this mount follows its route.
    func relativePath(_ path: String) -> String {
        String(path.utf8.dropFirst(entry.route.utf8.count)) ?? ""
    }
}

extension NewLease {
    /// The token with which the leases end, and where it is. A batch token is stored nowhere: its
    /// leases end by its time at the latest, and with its parent.
    private static func holder(
        _ token: StoredToken, _ home: TokenStore
    ) -> (key: TokenKey?, home: TokenStore) {
        guard token.entry.isBatch else { return (token.key, home) }
        guard let parent = TokenReference(token.entry.parent), let store = home.store(of: parent)
        else { return (nil, home) }
        return (parent.key, store)
    }
}
