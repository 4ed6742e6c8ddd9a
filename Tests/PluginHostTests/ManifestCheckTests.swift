import Kernel
import Paths
import Testing
import Wire

@testable import PluginHost

@Suite struct ManifestCheckTests {
    private func manifest(_ reads: [ReadDeclaration]) throws -> BackendManifest {
        let identity = try PluginIdentity(HelloReply(name: "x", version: "1", type: .secret))
        return try ManifestCheck(identity: identity, type: "x").manifest(
            MountReply(routes: [
                RouteDeclaration(
                    pattern: "data/:key", operations: bits(.read, .update), reads: reads)
            ]))
    }

    private func bits(_ operations: Paths.Operation...) -> OperationBits {
        OperationBits(rawValue: OperationSet(operations).rawValue)
    }

    @Test("reads are kept by operation, and bits of operations to come are passed over")
    func reads() throws {
        let future = OperationBits(rawValue: 1 << 31)
        let routes = try manifest([
            ReadDeclaration(operations: bits(.read, .update).union(future), keys: ["a/{key}"]),
            ReadDeclaration(operations: bits(.update), keys: ["config"]),
        ]).routes
        let route = try #require(routes.route(for: "data/x")).route
        #expect(route.reads(for: .read).map(\.text) == ["a/{key}"])
        #expect(route.reads(for: .update).map(\.text) == ["a/{key}", "config"])
        #expect(route.reads(for: .create).map(\.text) == ["a/{key}", "config"])
    }

    private func login(_ loginName: String, kind: PluginType = .auth) throws -> BackendManifest {
        let identity = try PluginIdentity(HelloReply(name: "x", version: "1", type: kind))
        return try ManifestCheck(identity: identity, type: "x").manifest(
            MountReply(routes: [
                RouteDeclaration(
                    pattern: "login/:user", operations: bits(.update),
                    fields: [FieldDeclaration(name: "role_id", kind: 1)], loginName: loginName)
            ]))
    }

    @Test("an auth method says where the login name is: in the path or in a declared field")
    func loginName() throws {
        for name in ["user", "role_id"] {
            let routes = try login(name).routes
            guard case .found(_, let declared, _) = routes.find(path: "login/a", operation: .update)
            else {
                Issue.record("no route")
                return
            }
            #expect(declared.loginName == name)
        }
        #expect(throws: BackendFailure.self) { try login("password") }
        #expect(throws: BackendFailure.self) { try login("user", kind: .secret) }
    }

    @Test("more reads for an operation than may be sent along are refused, also in pieces")
    func tooManyReads() throws {
        let most = PluginHostLimits.prefetchedEntries
        let one = ReadDeclaration(operations: bits(.read), keys: ["a"])
        let other = ReadDeclaration(operations: bits(.update), keys: ["a"])
        _ = try manifest(Array(repeating: one, count: most) + [other])
        #expect(throws: BackendFailure.self) {
            try manifest(Array(repeating: one, count: most + 1))
        }
        #expect(throws: BackendFailure.self) {
            try manifest([
                ReadDeclaration(
                    operations: [], keys: Array(repeating: "a", count: most + 1))
            ])
        }
        #expect(throws: BackendFailure.self) {
            try manifest([ReadDeclaration(operations: bits(.read), keys: ["a/{"])])
        }
    }
}
