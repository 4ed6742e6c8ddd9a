// One request on its way from admission to its answer.

internal import Paths

/// What is known of a request once it was looked at: who asks, and what it would reach. The audit
/// log is written from this.
///
/// A class, since every copy of all this would count dozens of references up and down. What makes
/// it safe to share: it is written while the request is admitted, before anybody else has it.
final class RequestSubject: @unchecked Sendable {
    let request: ClientRequest
    /// As the engine sees it: an update of what is not there is a creation.
    var operation: Paths.Operation
    /// The token and its rights, where one was found.
    var caller: Caller?
    /// The tables of the namespace that the request is for; `nil` if there is none, or while they
    /// are being read.
    var state: NamespaceState?
    /// The mount that the path leads to, if there is one.
    var mount: Mount?
    /// Who tries to log in, where an auth method lets failed logins be counted.
    var loginName: LoginName?
    /// What the core asks this for; `nil` for clients' requests.
    var purpose: String?
    /// What the audit log remembers between its two lines; `nil` while it has no devices.
    var trace: AuditTrace?

    init(_ request: ClientRequest) {
        self.request = request
        operation = request.operation
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
