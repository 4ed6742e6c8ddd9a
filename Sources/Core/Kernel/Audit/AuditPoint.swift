// Where requests and responses are recorded before they run and before they leave.

internal import Audit

/// The two points at which the pipeline waits for the record.
protocol AuditPoint: Sendable {
    /// Whether there is any device. Without one the pipeline goes on at once and calls nothing.
    var isRecording: Bool { get }

    /// Records a request before it runs.
    ///
    /// - Parameters:
    ///   - denial: why the request will not run; `nil` if it will.
    ///   - then: called once, on the request's lane or before this returns: with `nil` when the
    ///     request is recorded, else with why it is not. Then it does not run.
    func record(
        _ subject: RequestSubject, denial: BackendFailure?,
        then: @escaping @Sendable (AuditFailure?) -> Void)

    /// Records a response before it leaves.
    ///
    /// - Parameters:
    ///   - response: what the client gets.
    ///   - wrapped: what it would have got, if the response is a wrapping token for it.
    ///   - then: as above; with a failure, the client does not get the response.
    func record(
        _ response: ClientResponse, wrapped: ClientResponse?, to subject: RequestSubject,
        then: @escaping @Sendable (AuditFailure?) -> Void)
}
