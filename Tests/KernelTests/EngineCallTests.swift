import Clock
import Paths
import Testing

@testable import Kernel

@Suite struct EngineCallTests {
    private final class Prompt: Backend {
        let manifest = BackendManifest(
            pluginName: "prompt", pluginVersion: "1", kind: .secret, routes: RouteTable([]),
            unauthenticatedPaths: .none, sudoPaths: .none)

        func handle(_ request: BackendRequest, then: @escaping @Sendable (BackendOutcome) -> Void) {
            Task { then(.success(BackendAnswer())) }
        }
        func reconfigure(_ mount: BackendMount) async throws(BackendFailure) {}
        func close() async {}
    }

    @Test("an answer that comes in time is never taken for one that came too late")
    func inTime() async {
        let engine = Prompt()
        let late = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<5_000 {
                group.addTask {
                    let call = EngineCall(
                        backend: engine, operation: .revoke, path: "a", seconds: 600)
                    if case .failure = await call.answer() { return true }
                    return false
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(late == 0)
    }
}
