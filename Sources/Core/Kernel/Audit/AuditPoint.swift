// Where requests and responses are recorded before they run and before they leave.

/// The two points at which the pipeline waits for the record.
protocol AuditPoint: Sendable {
    /// Whether there is any device. Without one the pipeline goes on at once and calls nothing.
    var isRecording: Bool { get }

    /// Records a request before it runs.
    ///
    /// - Parameters:
    ///   - denial: why the request will not run; `nil` if it will.
    ///   - then: called once, on the request's lane or before this returns: with `nil` when the
    ///     request is recorded, else with the failure that the client gets instead of its run.
    func record(
        _ subject: RequestSubject, denial: BackendFailure?,
        then: @escaping @Sendable (BackendFailure?) -> Void)

    /// Records a response before it leaves.
    ///
    /// - Parameters:
    ///   - response: what the client gets.
    ///   - wrapped: what it would have got, if the response is a wrapping token for it.
    ///   - then: as above; with a failure, that is what the client gets instead.
    func record(
        _ response: ClientResponse, wrapped: ClientResponse?, to subject: RequestSubject,
        then: @escaping @Sendable (BackendFailure?) -> Void)
}
