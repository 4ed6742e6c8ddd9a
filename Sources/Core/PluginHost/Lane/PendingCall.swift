// What waits for the plugin's answer to one call.

internal import Kernel
internal import Wire

typealias OutcomeHandler = @Sendable (BackendOutcome) -> Void
typealias MountHandler = @Sendable (Result<MountReply, BackendFailure>) -> Void

enum PendingCall: Sendable {
    case request(MountID, AnswerCheck, OutcomeHandler)
    case mount(MountHandler)
    case unmount(@Sendable () -> Void)
    case ping

    /// The one kind of frame that answers it.
    var answerKind: FrameKind {
        switch self {
        case .request: .response
        case .mount: .mountReply
        case .unmount: .unmountReply
        case .ping: .pong
        }
    }

    func fail(_ failure: BackendFailure) {
        switch self {
        case .request(_, _, let then): then(.failure(failure))
        case .mount(let then): then(.failure(failure))
        case .unmount(let then): then()
        case .ping: break
        }
    }
}
