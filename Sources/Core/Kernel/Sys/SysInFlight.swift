// `sys/in-flight-req`: which requests are being answered.

internal import Clock
internal import Cryptography
internal import JSON
internal import Paths
internal import Synchronization

enum SysInFlight {
    static let paths = [
        CorePath(
            "in-flight-req", [.read: .suspending(read)],
            help: "The requests that are being answered.")
    ]

    private static func read(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        BackendAnswer(raw: await body(call.core))
    }

    /// Also for listeners that show them to everybody: paths are shown, payloads and tokens not.
    static func body(_ core: Core) async -> RawBody {
        let source = core.surroundings.withLock { $0.inFlight }
        let requests = await source?.inFlightRequests() ?? []
        var object = JSONObject()
        for request in requests.sorted(by: { $0.startedAt < $1.startedAt }) {
            object[request.id.text] = [
                "start_time": .string(request.startedAt.rfc3339),
                "client_remote_address": .string(request.remoteAddress),
                "request_path": .string("/v1/" + request.path),
                "request_method": .string(request.method),
                "client_id": "",
            ]
        }
        return RawBody(
            contentType: "application/json", bytes: JSONValue.object(object).encoded())
    }
}
