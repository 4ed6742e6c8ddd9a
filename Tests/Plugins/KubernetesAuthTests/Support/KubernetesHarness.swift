// A mount of the engine with a cluster in memory, configured and with a role.

import Clock
import JSON
import Paths
import PluginSDK
import PluginTesting

@testable import KubernetesAuth

struct KubernetesHarness {
    let cluster = FakeCluster()
    let engine: EngineHarness

    init(role: JSONObject = [:], config: JSONObject = [:]) throws {
        engine = EngineHarness(
            kubernetesEngine(cluster, pod: PodFiles(folder: "/nonexistent/pod")))
        engine.now = Timestamp(seconds: 1_700_000_000)
        var configuration: JSONObject = [
            "kubernetes_host": "https://10.0.0.1:6443", "token_reviewer_jwt": "reviewer",
        ]
        for (key, value) in config.members { configuration[key] = value }
        try engine.call(.update, "config", .object(configuration))
        var body: JSONObject = [
            "bound_service_account_names": "web", "bound_service_account_namespaces": "shop",
            "policies": "app", "ttl": "1h",
        ]
        for (key, value) in role.members { body[key] = value }
        try engine.call(.create, "role/app", .object(body))
    }

    /// The cluster knows this token from now on.
    func know(
        _ token: String, user: String = "system:serviceaccount:shop:web", uid: String = "u-1",
        audiences: [String] = ["api"]
    ) {
        cluster.with { $0.known[token] = (user, uid, audiences) }
    }

    func login(_ token: String, role: String = "app") throws -> AuthGrant? {
        let body: JSONValue = ["role": .string(role), "jwt": .string(token)]
        return try engine.call(.update, "login", body).auth
    }

    /// Why a login fails; `nil` if it does not.
    func failure(_ token: String, role: String = "app") -> PluginError? {
        do {
            _ = try login(token, role: role)
            return nil
        } catch { return error as? PluginError }
    }
}
