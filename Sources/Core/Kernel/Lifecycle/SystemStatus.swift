// The endpoints that answer in every state, sealed and uninitialised included, and need no token.

internal import Clock
internal import Cryptography
internal import JSON
internal import Paths

/// `sys/init`, `sys/unseal`, `sys/seal-status`, `sys/health` and `sys/leader`: a closed list.
///
/// They do not pass the pipeline, since there may be no policies to ask; they give away nothing but
/// the state.
struct SystemStatus: Sendable {
    let core: Core

    /// Whether this request is one of them. Looks at the first byte first: almost no request is.
    func answers(_ request: ClientRequest) -> Bool {
        guard request.path.utf8.first == UInt8(ascii: "s"), request.operation != .help else {
            return false
        }
        return Self.endpoints[request.path] != nil || isOpen(request)
    }

    typealias Endpoint =
        @Sendable (SystemStatus, ClientRequest, JSONValue) async throws(BackendFailure) ->
        ClientResponse

    static let endpoints: [String: [Paths.Operation: Endpoint]] = [
        "sys/init": [
            .read: { status, _, _ throws(BackendFailure) in try status.readInit() },
            .update: { status, _, body async throws(BackendFailure) in
                try await status.initialize(body)
            },
        ],
        "sys/unseal": [
            .update: { status, _, body async throws(BackendFailure) in
                try await status.unseal(body)
            }
        ],
        "sys/seal-status": [
            .read: { status, _, _ throws(BackendFailure) in try status.sealStatusResponse() }
        ],
        "sys/health": [
            .read: { status, _, query throws(BackendFailure) in try status.health(query) }
        ],
        "sys/leader": [.read: { status, _, _ throws(BackendFailure) in try status.leader() }],
    ]

    func handle(_ request: ClientRequest, then: @escaping @Sendable (ClientResponse) -> Void) {
        if isOpen(request) { return handleOpen(request, then: then) }
        guard let endpoint = Self.endpoints[request.path]?[request.operation] else {
            return then(ClientResponse(status: 405, body: .errors([])))
        }
        let body: JSONValue
        do { body = request.data.isEmpty ? [:] : try JSONValue(parsing: request.data) } catch {
            let problem = "failed to parse JSON input: \(error)"
            return then(ClientResponse(status: 400, body: .errors([problem])))
        }
        Task {
            do throws(BackendFailure) { then(try await endpoint(self, request, body)) } catch {
                then(ClientResponse(status: error.code.httpStatus, body: .errors([error.message])))
            }
        }
    }

    func json(_ value: JSONValue, status: Int = 200) -> ClientResponse {
        ClientResponse(status: status, body: .json(value.encoded() + [UInt8(ascii: "\n")]))
    }
}
