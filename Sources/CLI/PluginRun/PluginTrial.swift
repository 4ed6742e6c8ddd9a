// What `coffer plugin run` asks of its own server: to register one program and to mount it.

import JSON

struct PluginTrial: Sendable {
    /// `secret` or `auth`.
    let type: String
    /// In the catalog.
    let name: String
    /// With its trailing slash, and without the `auth/` that requests to an auth method have.
    let mount: String
    let stage: PluginStage
    /// Arguments, environment and permissions of the entry.
    let entry: JSONObject
    let options: JSONObject

    /// The path that requests begin with.
    var route: String { (type == "auth" ? "auth/" : "") + mount }

    func register(with client: APIClient) async throws {
        var body = entry
        body["sha256"] = .string(stage.digest)
        body["command"] = .string(stage.fileName)
        let path = PluginPath.catalog(type, name)
        _ = try await client.send(.put(path, .object(body)))
    }

    func enable(with client: APIClient) async throws {
        let table = type == "auth" ? "sys/auth/" : "sys/mounts/"
        let body: JSONObject = ["type": .string(name), "options": .object(options)]
        _ = try await client.send(
            .post(table + APIPath.sanitized(mount), .object(body)))
    }

    /// Of a program's path: `coffer-plugin-auth-my-login` is `my-login`.
    static func name(ofProgram path: String) -> String {
        var name = path.split(separator: "/").last.map(String.init) ?? ""
        for prefix in ["coffer-plugin-auth-", "coffer-plugin-"] where name.hasPrefix(prefix) {
            name = String(name.dropFirst(prefix.count))
            break
        }
        return name
    }
}
