import JSON
import KernelTesting
import Paths
import Testing

@testable import Kernel

@Suite struct OpenAPITests {
    static let library = FakeEngineType(
        "library",
        routes: [
            Route(
                PathPattern("books/:title*?"),
                operations: [
                    .read: DeclaredRoute(), .update: DeclaredRoute(), .list: DeclaredRoute(),
                    .renew: DeclaredRoute(),
                ],
                fields: [
                    .string("title", "Name of the book."),
                    .integer("pages", default: 100, required: true, "How long it is."),
                    .stringList("authors", "Who wrote it."),
                ],
                summary: "Keep a book.", description: "Books are not burnt.",
                existence: KeyTemplate("book/{title}")),
            Route(
                PathPattern("search/:shelf"), operations: [.read: DeclaredRoute()],
                fields: [.string("shelf", "Where."), .boolean("quick", "Do not look twice.")],
                summary: "Look for a book."),
            Route(PathPattern("open"), operations: [.read: DeclaredRoute()]),
            Route(PathPattern("guarded"), operations: [.delete: DeclaredRoute()]),
            Route(PathPattern(":path*?"), operations: [.read: DeclaredRoute()]),
        ], unauthenticated: ["open"], sudo: ["guarded"]
    ) { _, _ in .success(BackendAnswer()) }

    private func server() async throws -> TestCore {
        let server = try await TestCore([Self.library])
        _ = await server.call(.update, "sys/mounts/lib/one", ["type": "library"])
        return server
    }

    private func document(
        _ server: TestCore, _ query: JSONValue? = nil, token: String? = nil
    ) async throws -> JSONObject {
        let response = await server.call(
            .read, "sys/internal/specs/openapi", query, token: token)
        let text = try #require(response.data?.stringValue)
        let value = try JSONValue(parsing: text)
        return try #require(value["paths"]?.objectValue)
    }

    @Test("an engine's declarations become paths, methods, parameters and bodies")
    func declarations() async throws {
        let paths = try await document(server())
        let book = paths["/lib/one/books/{title}"]
        #expect(book?["description"] == "Keep a book.")
        #expect(book?["x-vault-createSupported"] == true)
        #expect(book?["parameters"]?.arrayValue?.first?["name"] == "title")
        #expect(book?["parameters"]?.arrayValue?.first?["description"] == "Name of the book.")
        let schema = book?["post"]?["requestBody"]?["content"]?["application/json"]?["schema"]
        #expect(schema?["properties"]?["pages"]?["default"] == 100)
        #expect(schema?["properties"]?["authors"]?["items"]?["type"] == "string")
        #expect(schema?["properties"]?["title"] == nil)
        #expect(schema?["required"] == ["pages"])
        #expect(book?["get"]?["parameters"] == nil)
        #expect(book?["renew"] == nil)
        for folder in ["/lib/one/books/", "/lib/one/books/{title}/"] {
            #expect(
                paths[folder]?["get"]?["parameters"]?.arrayValue?.first?["name"] == "list")
        }
        let search = paths["/lib/one/search/{shelf}"]?["get"]
        #expect(search?["parameters"]?.arrayValue?.map { $0["name"] } == ["quick"])
        #expect(paths["/lib/one/open"]?["x-vault-unauthenticated"] == true)
        #expect(paths["/lib/one/guarded"]?["x-vault-sudo"] == true)
        #expect(paths["/lib/one/{path}"] == nil)
    }

    @Test("paths of the core are there, those that answer in every state too")
    func core() async throws {
        let paths = try await document(server())
        for path in ["/sys/init", "/sys/health", "/auth/token/create", "/cubbyhole/{path}"] {
            #expect(paths[path] != nil, "\(path)")
        }
        #expect(paths["/sys/init"]?["x-vault-unauthenticated"] == true)
        #expect(paths["/sys/seal"]?["x-vault-sudo"] == true)
    }

    @Test("no two operations have the same id, with and without a context")
    func operationIDs() async throws {
        let server = try await server()
        _ = await server.call(.update, "sys/mounts/lib-one", ["type": "library"])
        for query in [nil, ["context": "mine"]] as [JSONValue?] {
            let paths = try await document(server, query)
            let ids = paths.members.flatMap { member in
                member.value.objectValue?.members.compactMap {
                    $0.value["operationId"]?.stringValue
                } ?? []
            }
            #expect(Set(ids).count == ids.count)
            #expect(query == nil || ids.allSatisfy { $0.contains("-mine") })
        }
    }

    @Test("with generic mount paths, engines are written once by their type")
    func generic() async throws {
        let server = try await server()
        _ = await server.call(.update, "sys/mounts/another", ["type": "library"])
        let paths = try await document(server, ["generic_mount_paths": "true"])
        let path = paths["/{library_mount_path}/open"]
        #expect(path?["parameters"]?.arrayValue?.first?["schema"]?["default"] == "another")
        #expect(paths.keys.filter { $0.hasSuffix("/open") && !$0.hasPrefix("/sys/") }.count == 1)
        #expect(paths["/sys/mounts/{path}"] != nil)
    }

    @Test("only what the caller has rights to is shown, and what needs none")
    func filtered() async throws {
        let server = try await server()
        await server.policy(
            "reader",
            """
            path "sys/internal/specs/openapi" { capabilities = ["read"] }
            path "lib/one/search/*" { capabilities = ["read"] }
            path "lib/one/guarded" { capabilities = ["deny"] }
            """)
        let token = try await server.token(["reader"], ["no_default_policy": true])
        let paths = try await document(server, token: token)
        let own = paths.keys.filter { $0.hasPrefix("/lib/") }
        #expect(own == ["/lib/one/open", "/lib/one/search/{shelf}"])
        #expect(paths["/sys/mounts/{path}"] == nil)
        #expect(paths["/sys/health"] != nil)
        #expect(paths["/sys/internal/specs/openapi"] != nil)
        await server.policy("nothing", "path \"x\" { capabilities = [\"read\"] }")
        let stranger = try await server.token(["nothing"], ["no_default_policy": true])
        #expect(
            await server.call(.read, "sys/internal/specs/openapi", token: stranger).status == 403)
    }

    @Test("an engine that does not start is left out, the others are not")
    func broken() async throws {
        let server = try await TestCore([Self.library, .echo])
        _ = await server.call(.update, "sys/mounts/lib", ["type": "library"])
        server.launcher.breakDown()
        let paths = try await document(server)
        #expect(paths["/sys/mounts"] != nil)
    }

    // MARK: Help

    private func help(
        _ server: TestCore, _ path: String, token: String? = nil
    ) async throws -> JSONValue {
        let response = await server.call(.help, path, token: token)
        #expect(response.status == 200)
        return try JSONValue(parsing: try #require(response.data?.stringValue))
    }

    @Test("help says what a path is for and describes it alone") func pathHelp() async throws {
        let server = try await server()
        let answer = try await help(server, "lib/one/books/emma")
        let text = answer["help"]?.stringValue ?? ""
        for part in [
            "books/emma", "Keep a book.", "pages (int)", "How long it is.", "Books are not burnt.",
        ] { #expect(text.contains(part), "\(part)") }
        #expect(answer["see_also"] == [])
        #expect(
            answer["openapi"]?["paths"]?.objectValue?.keys == [
                "/lib/one/books/", "/lib/one/books/{title}", "/lib/one/books/{title}/",
            ])
        #expect(server.launcher.engines.flatMap(\.requests).isEmpty)
    }

    @Test("help of a mount lists its paths") func mountHelp() async throws {
        let server = try await server()
        let text = try await help(server, "lib/one/")["help"]?.stringValue ?? ""
        for part in ["books/:title*?", "Keep a book.", "search/:shelf"] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(
            try await help(server, "sys/policies/acl/x")["help"]?.stringValue?.contains("HCL")
                == true)
        #expect(
            try await help(server, "sys/init")["help"]?.stringValue?.contains("secret_shares")
                == true)
    }

    @Test("help needs a token, and there is none for what is no path") func noHelp() async throws {
        let server = try await server()
        #expect(await server.call(.help, "lib/one/books/x", token: "").status == 403)
        #expect(await server.call(.help, "sys/no/such").status == 404)
        #expect(await server.call(.help, "nowhere/at/all").status == 404)
    }
}
