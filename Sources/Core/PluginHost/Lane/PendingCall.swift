// What waits for the plugin's answer to one call.

internal import Cryptography
internal import Kernel
internal import Paths
internal import Wire

typealias OutcomeHandler = @Sendable (BackendOutcome) -> Void
typealias MountHandler = @Sendable (Result<MountReply, BackendFailure>) -> Void

/// What of a request its answer and its storage calls are judged by.
struct PendingRequest: Sendable {
    var mount: MountID
    var check: AnswerCheck
    var id: UUID128
    var operation: Paths.Operation
    var path: String
    /// The caller's entity; empty for none.
    var entityID: String
    var deadlineNanoseconds: UInt64
}

enum PendingCall: Sendable {
    case request(PendingRequest, OutcomeHandler)
    case mount(MountHandler)
    case unmount(@Sendable () -> Void)
    case ping
    /// A ping whose answer says that the plugin has handled everything before it.
    case marker(@Sendable () -> Void)

    /// The one kind of frame that answers it.
    var answerKind: FrameKind {
        switch self {
        case .request: .response
        case .mount: .mountReply
        case .unmount: .unmountReply
        case .ping, .marker: .pong
        }
    }

    func fail(_ failure: BackendFailure) {
        switch self {
        case .request(_, let then): then(.failure(failure))
        case .mount(let then): then(.failure(failure))
        case .unmount(let then): then()
        case .ping: break
        case .marker(let then): then()
        }
    }
}

extension PendingRequest {
    init(_ request: BackendRequest, _ engine: EngineView) {
        self.init(
            mount: engine.id, check: engine.check, id: request.requestID,
            operation: request.operation, path: request.path, entityID: request.entityID,
            deadlineNanoseconds: request.deadlineNanoseconds)
    }
}
