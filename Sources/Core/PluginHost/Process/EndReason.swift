// Why a plugin process is no more, or never came to be.

enum EndReason: Sendable, Equatable {
    case notSpawned(String)
    case startDeadline
    case exited(ChildExit)
    case lane(LaneEnd)
    case inconsistentLanes
    case wrongKind
    case stopped

    /// What happened, as a sentence about "it".
    var message: String {
        switch self {
        case .notSpawned(let text): "did not come to run: \(text)"
        case .startDeadline:
            "did not finish its handshake within \(PluginHostLimits.startSeconds) seconds"
        case .exited(let exit): exit.description
        case .lane(let end): end.message
        case .inconsistentLanes: "named itself differently on two connections"
        case .wrongKind: "is not of the kind that it is registered or named as"
        case .stopped: "was stopped"
        }
    }
}
