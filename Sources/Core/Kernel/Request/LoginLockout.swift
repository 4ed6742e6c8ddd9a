// Failed logins are counted by the name that was tried, and a name that fails too often is refused
// before the auth method hears of it.

internal import Clock
internal import JSON
internal import Logging
internal import Paths

extension RequestPipeline {
    /// The name that a request tries to log in with, where the auth method declares which one that
    /// is. Throws if the name is locked out: in the words of any other refusal, so that nobody
    /// learns from them whether there is such a user.
    func loginName(
        _ request: ClientRequest, _ target: Target, _ state: NamespaceState
    ) throws(BackendFailure) -> LoginName? {
        guard target.mount.entry.kind == .auth, request.operation == .update,
            let text = target.manifest?.loginName(path: target.rest, data: request.data),
            !text.isEmpty, text.utf8.count <= KernelLimits.loginNameBytes
        else { return nil }
        let name = LoginName(mountID: target.mount.entry.id, name: text)
        let rule = state.lockout.rule(for: target.mount.entry)
        if state.lockout.isLocked(name, rule, now: Timestamp.now.seconds) {
            throw Self.permissionDenied
        }
        return name
    }

    /// Counts a refused login. What failed for another reason than who it was does not count.
    func countFailedLogin(_ failure: BackendFailure, _ exchange: Exchange) {
        guard let name = exchange.subject.loginName, let mount = exchange.mount,
            [.permissionDenied, .invalidRequest].contains(failure.code),
            let state = exchange.subject.state
        else { return }
        let now = Timestamp.now.seconds
        let rule = state.lockout.rule(for: mount.entry)
        guard state.lockout.countFailure(name, rule, now: now) else { return }
        core.logger.warning(
            "user locked out after failed logins", metadata: ["mount": "\(mount.entry.accessor)"])
        // In force already; stored so that a restart does not lift it.
        Task {
            try? await state.lockout.store(name, lockedAt: now)
            // The mount may be gone by now, and its locks removed before this one was there.
            if state.mounts[id: name.mountID] == nil { try? await state.lockout.unlock(name) }
        }
    }

    func forgetFailedLogins(_ exchange: Exchange) {
        guard let name = exchange.subject.loginName, let state = exchange.subject.state,
            state.lockout.forget(name)
        else { return }
        Task { try? await state.lockout.unlock(name) }
    }
}

extension BackendManifest {
    /// What the request says where the route declares that a user's name is.
    func loginName(path: String, data: [UInt8]) -> String? {
        guard case .found(_, let route, let captures) = routes.find(path: path, operation: .update),
            let name = route.loginName
        else { return nil }
        if let captured = captures[name] { return captured }
        guard !data.isEmpty, let body = try? JSONValue(parsing: data) else { return nil }
        return body[name]?.stringValue
    }
}
