// Why a connection to a plugin ended.

internal import Wire

enum LaneEnd: Sendable, Equatable {
    /// The plugin's end is gone: it exited or was killed.
    case lost
    /// The plugin broke the protocol.
    case malformed(CloseReason, String)
    /// The plugin said goodbye, with its reason.
    case closedByPlugin(String)
    /// It answers nothing any more.
    case hung
    /// Our own doing: drained, or the process is being ended.
    case closedByHost

    var message: String {
        switch self {
        case .lost: "closed its connection"
        case .malformed(let reason, let detail): "sent a malformed frame (\(reason): \(detail))"
        case .closedByPlugin(let text): "closed the connection: \(text)"
        case .hung: "does not answer"
        case .closedByHost: "was stopped"
        }
    }
}
