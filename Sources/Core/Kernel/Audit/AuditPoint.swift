// Where requests and responses are recorded before they run and before they leave.

/// The two points at which the pipeline waits for the record.
///
/// No device can be enabled in this version, so nothing is recorded and nothing is refused; the
/// points are here so that the order of the pipeline is already the one that devices need.
protocol AuditPoint: Sendable {
    /// Throws if the request could not be recorded; then it does not run.
    func record(
        _ request: ClientRequest, _ token: TokenEntry?, denial: BackendFailure?
    ) throws(BackendFailure)

    /// Throws if the response could not be recorded; then it is not returned.
    func record(_ response: ClientResponse, to request: ClientRequest) throws(BackendFailure)
}

/// The audit point while no device is enabled.
struct NoAuditDevices: AuditPoint {
    func record(
        _ request: ClientRequest, _ token: TokenEntry?, denial: BackendFailure?
    ) throws(BackendFailure) {}

    func record(_ response: ClientResponse, to request: ClientRequest) throws(BackendFailure) {}
}
