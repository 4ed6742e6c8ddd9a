// Which endpoints of the core need sudo is a closed list.

import JSON
import KernelTesting
import Paths
import Testing

@Suite struct SudoPathTests {
    /// Somebody's old `path "sys/*"` covers every endpoint that comes later, unless it needs sudo.
    /// Whoever adds an endpoint decides that here.
    private static let needSudo = [
        "/auth/token/accessors/", "/auth/token/revoke-orphan",
        "/sys/audit", "/sys/audit/{path}", "/sys/auth/{path}", "/sys/auth/{path}/tune",
        "/sys/config/auditing/request-headers", "/sys/config/auditing/request-headers/{header}",
        "/sys/config/cors", "/sys/config/ui/headers/", "/sys/config/ui/headers/{name}",
        "/sys/generate-recovery-token/{rest}",
        "/sys/generate-root-token/attempt", "/sys/generate-root-token/update",
        "/sys/generate-root/attempt", "/sys/generate-root/update",
        "/sys/internal/inspect/request", "/sys/internal/inspect/request/root",
        "/sys/internal/inspect/router/{tag}",
        "/sys/leases", "/sys/leases/lookup/", "/sys/leases/lookup/{prefix}/",
        "/sys/leases/revoke-force/{prefix}", "/sys/leases/revoke-prefix/{prefix}",
        "/sys/leases/tidy",
        "/sys/plugins/catalog/", "/sys/plugins/catalog/{kind}/",
        "/sys/plugins/catalog/{kind}/{name}", "/sys/plugins/status",
        "/sys/raw/", "/sys/raw/{path}", "/sys/raw/{path}/",
        "/sys/rekey-recovery-key/{rest}", "/sys/rekey/backup", "/sys/rekey/init",
        "/sys/rekey/recovery-key-backup", "/sys/rekey/update", "/sys/rekey/verify",
        "/sys/remount", "/sys/revoke-force/{prefix}", "/sys/revoke-prefix/{prefix}",
        "/sys/rotate", "/sys/rotate/keyring", "/sys/rotate/recovery",
        "/sys/rotate/recovery/{rest}", "/sys/rotate/root", "/sys/rotate/root/backup",
        "/sys/rotate/root/init", "/sys/rotate/root/update", "/sys/rotate/root/verify",
        "/sys/seal", "/sys/step-down",
    ]

    private static let values = [
        "{prefix}": "x", "{path}": "x", "{name}": "x", "{kind}": "secret", "{header}": "x",
        "{rest}": "x", "{tag}": "root",
    ]

    @Test("the endpoints that need sudo are these and no others")
    func closedList() async throws {
        let server = try await TestCore()
        let document = await server.call(.read, "sys/internal/specs/openapi").data
        let text = try #require(document?.stringValue)
        let paths = try #require(try JSONValue(parsing: text)["paths"]?.objectValue)
        let found = paths.members.filter { $0.value["x-vault-sudo"] == true }.map(\.key)
        #expect(Set(found) == Set(Self.needSudo))
    }

    @Test("everything else that a policy allows does not suffice where sudo is needed")
    func withoutSudo() async throws {
        let server = try await TestCore()
        await server.policy(
            "almost",
            """
            path "*" {
                capabilities = ["create", "read", "update", "patch", "delete", "list"]
            }
            """)
        let token = try await server.token(["almost"])
        for path in Self.needSudo {
            var path = String(path.dropFirst())
            for (name, value) in Self.values { path = path.replacing(name, with: value) }
            let isFolder = path.hasSuffix("/")
            let operations: [Paths.Operation] =
                isFolder ? [.list] : [.read, .update, .list, .delete]
            for operation in operations {
                let answer = await server.call(operation, path, [:], token: token)
                #expect(answer.status == 403, "\(operation) \(path)")
            }
            // Its names can be read without sudo, in Vault too.
            if isFolder, path != "sys/plugins/catalog/" {
                path.removeLast()
                #expect(await server.call(.list, path, token: token).status == 403, "\(path)")
            }
        }
    }
}
