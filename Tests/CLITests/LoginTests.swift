import Glibc
import JSON
import NIOHTTP1
import Testing

@testable import CLI

@Suite("login")
struct LoginTests {
    private static let lookup = Canned.data(
        #"{"id":"hvs.new","accessor":"acc","policies":["default","dev"],"#
            + #""identity_policies":["ops"],"meta":{"who":"me"},"ttl":3600,"renewable":true}"#)
    private static let authenticated = Canned(
        200,
        #"{"auth":{"client_token":"hvs.user","accessor":"acc","policies":["default"],"#
            + #""token_policies":["default"],"lease_duration":60,"renewable":true},"data":null}"#)

    @Test(
        "a token from an argument, standard input or the prompt is checked and stored privately",
        arguments: [
            (["login", "hvs.new"], "", [String]()), (["login", "-"], "hvs.new\n", []),
            (["login"], "", ["hvs.new"]), (["login", "token=hvs.new"], "", []),
        ])
    func token(words: [String], input: String, hidden: [String]) async throws {
        try await withTemporaryFolder { home in
            try await FakeServer.with(["GET /v1/auth/token/lookup-self": Self.lookup]) { server in
                let outcome = await coffer(
                    words, server: server, environment: ["HOME": home, "VAULT_TOKEN": ""],
                    input: input, hidden: hidden)
                #expect(outcome.code == 0)
                #expect(server.received.last?.headers["X-Vault-Token"] == ["hvs.new"])
                let stored = try LocalFile.read(home + "/.vault-token")
                #expect(stored == Array("hvs.new".utf8))
                #expect(LocalFile.mode(of: home + "/.vault-token") == 0o600)
                #expect(outcome.out.contains("Success! You are now authenticated."))
                #expect(outcome.out.contains(#"policies             ["default" "dev" "ops"]"#))
                #expect(outcome.out.contains("token_duration       1h"))
                #expect(!outcome.prompts.contains { $0.contains("hvs") })
            }
        }
    }

    @Test("the stored token is what the next command uses, and a variable comes before it")
    func stored() async throws {
        try await withTemporaryFolder { home in
            try LocalFile.replace(home + "/.vault-token", with: Array("hvs.old\n".utf8))
            try await FakeServer.with(["GET /v1/x": .data(#"{"a":1}"#)]) { server in
                _ = await coffer(
                    "read x", server: server, environment: ["HOME": home, "VAULT_TOKEN": ""])
                #expect(server.received.last?.headers["X-Vault-Token"] == ["hvs.old"])
                _ = await coffer("read x", server: server, environment: ["HOME": home])
                #expect(server.received.last?.headers["X-Vault-Token"] == ["hvs.test"])
                let printed = await coffer(
                    "print token", environment: ["HOME": home, "VAULT_TOKEN": ""])
                #expect(printed.out == "hvs.old\n")
            }
        }
    }

    @Test("a link in the token's place is replaced and not written through")
    func symbolicLink() async throws {
        try await withTemporaryFolder { home in
            try LocalFile.replace(home + "/other", with: [1])
            #expect(symlink(home + "/other", home + "/.vault-token") == 0)
            let file = try #require(TokenFile(environment: Environment(["HOME": home])))
            try file.store("hvs.x")
            #expect(try LocalFile.read(home + "/other") == [1])
            #expect(try file.read() == "hvs.x")
        }
    }

    @Test("a wrong token is told without being repeated, and is not stored")
    func wrongToken() async throws {
        try await withTemporaryFolder { home in
            try await FakeServer.with([
                "GET /v1/auth/token/lookup-self": .errors(403, "permission denied")
            ]) { server in
                let outcome = await coffer(
                    "login hvs.wrong", server: server, environment: ["HOME": home])
                #expect(outcome.code == 2)
                #expect(!(outcome.err + outcome.out).contains("hvs.wrong"))
                #expect(LocalFile.mode(of: home + "/.vault-token") == nil)
            }
        }
    }

    @Test("-token-only prints the token and nothing else, and stores nothing")
    func tokenOnly() async throws {
        try await withTemporaryFolder { home in
            try await FakeServer.with(["PUT /v1/auth/ci/login": Self.authenticated]) { server in
                let outcome = await coffer(
                    "login -method=approle -path=ci/ -token-only role_id=r secret_id=s",
                    server: server, environment: ["HOME": home])
                #expect(outcome.code == 0)
                #expect(outcome.out == "hvs.user")
                #expect(outcome.err.isEmpty)
                #expect(server.received.last?.json == ["role_id": "r", "secret_id": "s"])
                #expect(server.received.last?.headers["X-Vault-Token"].isEmpty == true)
                #expect(LocalFile.mode(of: home + "/.vault-token") == nil)
            }
        }
    }

    @Test("a method with user names asks for the password without showing it")
    func userpass() async throws {
        try await FakeServer.with(["PUT /v1/auth/userpass/login/alice": Self.authenticated]) {
            server in
            let outcome = await coffer(
                "login -method=userpass -no-store username=alice", server: server, hidden: ["pw"])
            #expect(outcome.code == 0)
            #expect(server.received.last?.json == ["password": "pw"])
            #expect(outcome.prompts == ["Password (will be hidden): "])
        }
    }

    @Test(
        "a password from a pipe or a file is sent without its line's end, and with other spaces",
        arguments: [
            ("pw\n", "pw"), ("pw\r\n", "pw"), ("pw", "pw"), (" pw \n", " pw "),
            ("pw\n\n", "pw\n"),
        ])
    func pipedPassword(input: String, sent: String) async throws {
        try await FakeServer.with(["PUT /v1/auth/userpass/login/alice": Self.authenticated]) {
            server in
            let outcome = await coffer(
                "login -method=userpass -no-store username=alice password=-", server: server,
                input: input)
            #expect(outcome.code == 0)
            #expect(server.received.last?.json == ["password": .string(sent)])
        }
    }

    @Test(
        "an AppRole's secret id comes from the arguments, the prompt or standard input",
        arguments: [
            ("secret_id=s", [String](), ""), ("", ["s\n"], ""), ("secret_id=-", [], "s\n"),
        ])
    func appRole(argument: String, hidden: [String], input: String) async throws {
        try await FakeServer.with(["PUT /v1/auth/approle/login": Self.authenticated]) { server in
            let outcome = await coffer(
                "login -method=approle -no-store role_id=r \(argument)", server: server,
                input: input, hidden: hidden)
            #expect(outcome.code == 0)
            #expect(server.received.last?.json == ["role_id": "r", "secret_id": "s"])
            #expect(!outcome.prompts.contains { $0.contains("s\n") })
        }
    }

    @Test("an empty secret id is not sent, for roles that bind none; a role's id is needed")
    func appRoleWithoutSecretID() async throws {
        try await FakeServer.with(["PUT /v1/auth/approle/login": Self.authenticated]) { server in
            _ = await coffer(
                "login -method=approle -no-store role_id=r", server: server, hidden: [""])
            #expect(server.received.last?.json == ["role_id": "r"])
            let outcome = await coffer("login -method=approle -no-store", server: server)
            #expect(outcome.code == 1 && outcome.err.contains("'role_id' must be specified"))
        }
    }

    @Test("a Kubernetes login sends the role and a token from a file, without its line end")
    func kubernetes() async throws {
        try await withTemporaryFolder { folder in
            try LocalFile.replace(folder + "/jwt", with: Array("a.b.c\n".utf8))
            try await FakeServer.with(["PUT /v1/auth/kubernetes/login": Self.authenticated]) {
                server in
                let outcome = await coffer(
                    "login -method=kubernetes -no-store role=demo jwt=@\(folder)/jwt",
                    server: server)
                #expect(outcome.code == 0)
                #expect(server.received.last?.json == ["role": "demo", "jwt": "a.b.c"])
                let outside = await coffer(
                    "login -method=kubernetes -no-store role=demo", server: server)
                #expect(outside.code == 1 && outside.err.contains("there is no token of a pod"))
            }
        }
    }

    @Test("who does not say a name logs in with that of the user who runs the command")
    func nameOfTheUser() async throws {
        try await FakeServer.with(["PUT /v1/auth/userpass/login/bob": Self.authenticated]) {
            server in
            let outcome = await coffer(
                "login -method=userpass -no-store", server: server,
                environment: ["USER": "bob"], hidden: ["pw"])
            #expect(outcome.code == 0)
            let nobody = await coffer("login -method=userpass -no-store", server: server)
            #expect(nobody.code == 1 && nobody.err.contains("'username' not supplied"))
        }
    }

    @Test("help of a method is found by its type and by the path where it is enabled")
    func help() async throws {
        let mounts = Canned.data(#"{"ci/":{"type":"approle"},"x/":{"type":"other"}}"#)
        try await FakeServer.with(["GET /v1/sys/auth": mounts]) { server in
            for name in ["approle", "ci/"] {
                let outcome = await coffer("auth help \(name)", server: server)
                #expect(outcome.code == 0 && outcome.out.contains("role_id=<string>"))
            }
            #expect(await coffer("auth help x", server: server).code == 1)
            let unknown = await coffer("auth help y", server: server)
            #expect(unknown.err.contains("Unknown auth method: y"))
        }
    }

    @Test("a token that could not be stored is shown, so that it is not lost, and it is an error")
    func notStored() async throws {
        try await FakeServer.with(["PUT /v1/auth/jwt/login": Self.authenticated]) { server in
            let outcome = await coffer("login -method=jwt jwt=x", server: server)
            #expect(outcome.code == 2)
            #expect(outcome.out.contains("hvs.user"))
        }
    }

    @Test("-no-store and -no-print together would lose the token")
    func contradiction() async {
        #expect(await coffer("login -no-store -no-print x").code == 1)
    }
}
