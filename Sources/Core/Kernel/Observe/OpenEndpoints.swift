// The endpoints that a listener may open to everybody, sealed or not.

internal import JSON
internal import Paths

extension SystemStatus {
    /// Whether the listener that took this request answers it without a token.
    func isOpen(_ request: ClientRequest) -> Bool {
        guard !request.listenerPermissions.isEmpty, request.operation == .read else { return false }
        switch request.path {
        case "sys/metrics": return request.listenerPermissions.contains(.metrics)
        case "sys/in-flight-req": return request.listenerPermissions.contains(.inFlightRequests)
        default: return false
        }
    }

    func handleOpen(
        _ request: ClientRequest, then: @escaping @Sendable (ClientResponse) -> Void
    ) {
        Task {
            do throws(BackendFailure) {
                let body = try await openBody(request)
                then(
                    ClientResponse(
                        status: 200, body: .raw(contentType: body.contentType, body.bytes)))
            } catch {
                then(ClientResponse(status: error.code.httpStatus, body: .errors([error.message])))
            }
        }
    }

    private func openBody(_ request: ClientRequest) async throws(BackendFailure) -> RawBody {
        if request.path == "sys/in-flight-req" { return await SysInFlight.body(core) }
        let query = request.data.isEmpty ? nil : try? JSONValue(parsing: request.data)
        return try await SysMetrics.body(core, format: query?["format"]?.stringValue ?? "")
    }
}
