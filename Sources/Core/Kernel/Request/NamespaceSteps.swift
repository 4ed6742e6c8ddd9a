// Where a request and its token belong, before anything else is decided about them.

internal import Cryptography

extension RequestPipeline {
    /// What blocks the whole API of a namespace and of those below it.
    func checkLock(_ path: String, _ request: ClientRequest) throws(BackendFailure) {
        if request.path == "sys/namespaces/api-lock/unlock" { return }
        throw BackendFailure(
            .unavailable,
            "API access to this namespace has been locked by an administrator - \"\(path)\" must "
                + "be unlocked to gain access.")
    }

    /// The tables of a namespace that has to be read before the request can go on.
    func namespaceToOpen(_ node: NamespaceNode?, _ progress: Progress) -> Wait? {
        guard let node, node.state == nil, progress.brokenNamespace == nil else { return nil }
        return .namespace(node)
    }

    /// Where the token of a request belongs.
    ///
    /// It must be the request's own namespace or one above it. A token of any other namespace is
    /// refused before it is looked at: whether it is good there is nobody's business here.
    func home(
        of secret: SecretBytes, _ state: NamespaceState, _ active: ActiveState
    ) -> NamespaceNode? {
        guard let node = active.namespaces.home(ofToken: secret),
            node.namespace.contains(state.namespace)
        else { return nil }
        return node
    }
}
