// One request on its way from admission to its answer.

internal import Paths

/// What is known of a request once it was looked at: who asks, and what it would reach. The audit
/// log is written from this.
///
/// A class, since every copy of all this would count dozens of references up and down.
final class RequestSubject: Sendable {
    let request: ClientRequest
    /// As the engine sees it: an update of what is not there is a creation.
    let operation: Paths.Operation
    /// The token and its rights, where one was found.
    let caller: Caller?
    /// The tables of the namespace that the request is for; `nil` if there is none, or while they
    /// are being read.
    let state: NamespaceState?
    /// The mount that the path leads to, if there is one.
    let mount: Mount?
    /// Who tries to log in, where an auth method lets failed logins be counted.
    let loginName: LoginName?
    /// What the core asks this for; `nil` for clients' requests.
    let purpose: String?
    /// What the audit log remembers between its two lines; `nil` while it has no devices.
    let trace: AuditTrace?

    init(
        _ request: ClientRequest, operation: Paths.Operation, caller: Caller? = nil,
        state: NamespaceState? = nil, mount: Mount? = nil, loginName: LoginName? = nil,
        purpose: String? = nil, trace: AuditTrace?
    ) {
        self.request = request
        self.operation = operation
        self.caller = caller
        self.state = state
        self.mount = mount
        self.loginName = loginName
        self.purpose = purpose
        self.trace = trace
    }
}

/// A request that was admitted or refused and whose client waits for the response. A class, since
/// every step of its way hands it to the next.
final class Exchange: Sendable {
    let subject: RequestSubject
    /// The token after its use was counted, where its uses are limited.
    let countedUse: PresentedToken?
    let times: RequestTimes
    let then: @Sendable (ClientResponse) -> Void

    init(
        subject: RequestSubject, countedUse: PresentedToken?, times: RequestTimes,
        then: @escaping @Sendable (ClientResponse) -> Void
    ) {
        self.subject = subject
        self.countedUse = countedUse
        self.times = times
        self.then = then
    }

    var request: ClientRequest { subject.request }
    var mount: Mount? { subject.mount }
    var caller: Caller? { subject.caller }

    /// The tables of the namespace that the request is for. Whoever passed admission has them.
    func requireState() throws(BackendFailure) -> NamespaceState {
        guard let state = subject.state else { throw BackendFailure(.sealed, "Vault is sealed") }
        return state
    }
}
