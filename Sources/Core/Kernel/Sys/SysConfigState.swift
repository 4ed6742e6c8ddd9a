// `sys/config/state/sanitized`: the configuration the server runs with, without secrets.

internal import JSON
internal import Paths
internal import Synchronization

enum SysConfigState {
    static let paths = [
        CorePath(
            "config/state/sanitized", [.read: .immediate(read)],
            help: "The configuration, without what could hold a secret.")
    ]

    private static func read(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let shown = call.core.surroundings.withLock { $0.shownConfiguration }
        return BackendAnswer(data: JSONValue.object(shown ?? JSONObject()).encoded())
    }
}
