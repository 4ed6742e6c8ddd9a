// `sys/seal`.

internal import Paths

enum SysSeal {
    static let paths = [
        CorePath("seal", [.update: .suspending(seal)], help: "Seal the server.")
    ]

    private static func seal(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        try await call.core.seal()
        return BackendAnswer()
    }
}
