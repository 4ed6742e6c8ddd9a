import JSON
import NIOHTTP1
import Testing

@testable import CLI

@Suite("status and operator")
struct OperatorCommandTests {
    private static func seal(_ sealed: Bool, progress: Int = 0) -> Canned {
        Canned(
            200,
            #"{"type":"shamir","initialized":true,"sealed":\#(sealed),"t":3,"n":5,"#
                + #""progress":\#(progress),"nonce":"","version":"1.0.0","#
                + #""build_date":"","storage_type":"lmdb"}"#
        )
    }
    private static let leader = Canned(
        200, #"{"ha_enabled":false,"is_self":false,"leader_address":""}"#)

    @Test("an unsealed server is exit code 0")
    func unsealed() async throws {
        try await FakeServer.with([
            "GET /v1/sys/seal-status": Self.seal(false), "GET /v1/sys/leader": Self.leader,
        ]) { server in
            let outcome = await coffer("status", server: server)
            #expect(outcome.code == 0)
            #expect(
                outcome.out == """
                    Key             Value
                    ---             -----
                    Seal Type       shamir
                    Initialized     true
                    Sealed          false
                    Total Shares    5
                    Threshold       3
                    Version         1.0.0
                    Storage Type    lmdb
                    HA Enabled      false

                    """)
            #expect(server.received.allSatisfy { $0.headers["X-Vault-Token"].isEmpty })
        }
    }

    @Test("a sealed server is exit code 2, in every format")
    func sealed() async throws {
        try await FakeServer.with(["GET /v1/sys/seal-status": Self.seal(true, progress: 1)]) {
            server in
            let table = await coffer("status", server: server)
            #expect(table.code == 2)
            #expect(table.out.contains("Unseal Progress    1/3\nUnseal Nonce       n/a"))
            let json = await coffer("status -format=json", server: server)
            #expect(json.code == 2)
            let parsed = try JSONValue(parsing: json.out)
            #expect(parsed["sealed"] == true)
            let field = await coffer("status -field=progress", server: server)
            #expect(field.code == 2)
            #expect(field.out == "1")
        }
    }

    @Test("a server that cannot be asked is exit code 1, which does not mean sealed")
    func unreachable() async throws {
        let port = try await FakeServer.with([:]) { $0.port }
        #expect(await coffer("status -address=http://127.0.0.1:\(port)").code == 1)
    }

    @Test("init prints every key and the token once")
    func initialize() async throws {
        try await FakeServer.with([
            "PUT /v1/sys/init": Canned(
                200,
                #"{"keys":["aa","bb"],"keys_base64":["qq==","uw=="],"root_token":"hvs.root"}"#)
        ]) { server in
            let outcome = await coffer(
                "operator init -key-shares=2 --key-threshold 2", server: server)
            #expect(outcome.code == 0)
            #expect(server.received.last?.json == ["secret_shares": 2, "secret_threshold": 2])
            #expect(
                outcome.out.hasPrefix(
                    "Unseal Key 1: qq==\nUnseal Key 2: uw==\n\nInitial Root Token: hvs.root\n"))
            let json = try JSONValue(
                parsing: await coffer("operator init -format=json -n=2 -t=2", server: server).out)
            #expect(json["unseal_keys_b64"] == ["qq==", "uw=="])
            #expect(json["unseal_keys_hex"] == ["aa", "bb"])
            #expect(json["unseal_threshold"] == 2)
            #expect(json["root_token"] == "hvs.root")
        }
    }

    @Test(
        "init -status tells by its exit code",
        arguments: [(true, 0), (false, 2)] as [(Bool, Int32)])
    func initStatus(isInitialized: Bool, code: Int32) async throws {
        try await FakeServer.with([
            "GET /v1/sys/init": Canned(200, #"{"initialized":\#(isInitialized)}"#)
        ]) { server in
            #expect(await coffer("operator init -status", server: server).code == code)
        }
    }

    @Test("unseal takes the key from a prompt, an argument or standard input, and never shows it")
    func unseal() async throws {
        try await FakeServer.with(["PUT /v1/sys/unseal": Self.seal(true, progress: 2)]) { server in
            for outcome in [
                await coffer("operator unseal", server: server, hidden: [" KEYTEXT \n"]),
                await coffer("operator unseal KEYTEXT", server: server),
                await coffer("operator unseal -", server: server, input: "KEYTEXT\n"),
            ] {
                #expect(outcome.code == 0)
                #expect(server.received.last?.json == ["key": "KEYTEXT"])
                #expect(outcome.out.contains("Unseal Progress    2/3"))
                #expect(!(outcome.out + outcome.err).contains("KEYTEXT"))
            }
        }
    }

    @Test("a refused key is not repeated in the error")
    func refusedKey() async throws {
        try await FakeServer.with(["PUT /v1/sys/unseal": .errors(400, "invalid key")]) { server in
            let outcome = await coffer("operator unseal KEYTEXT", server: server)
            #expect(outcome.code == 2)
            #expect(outcome.err.contains("* invalid key"))
            #expect(!outcome.err.contains("KEYTEXT"))
        }
    }

    @Test("unseal without a terminal says how to give the key instead")
    func noTerminal() async {
        let piped = await coffer("operator unseal")
        #expect(piped.code == 1)
        #expect(piped.err.contains("give \"-\" as the"))
        let refused = await coffer("operator unseal -non-interactive", hidden: ["KEY"])
        #expect(refused.code == 1)
        #expect(refused.prompts.isEmpty)
    }

    @Test("unseal -reset forgets the keys given so far")
    func reset() async throws {
        try await FakeServer.with(["PUT /v1/sys/unseal": Self.seal(true)]) { server in
            #expect(await coffer("operator unseal -reset", server: server).code == 0)
            #expect(server.received.last?.json == ["reset": true])
        }
    }

    @Test("seal says that it is done")
    func seal() async throws {
        try await FakeServer.with(["PUT /v1/sys/seal": .noContent]) { server in
            #expect(
                await coffer("operator seal", server: server).out == "Success! Coffer is sealed.\n")
        }
    }
}

@Suite("server")
struct ServerCommandTests {
    private func options(_ line: String, environment: [String: String] = [:]) async
        -> ServerOptions?
    {
        await withCheckedContinuation { continuation in
            Task {
                let box = Box()
                _ = await coffer(line, environment: environment) { options, _ in
                    await box.set(options)
                    return 0
                }
                continuation.resume(returning: await box.options)
            }
        }
    }

    private actor Box {
        var options: ServerOptions?
        func set(_ options: ServerOptions) { self.options = options }
    }

    @Test("its flags reach the server")
    func flags() async throws {
        let options = try #require(
            await options(
                "server -config=a.hcl --config b.d -log-level=debug -log-format=json -dev "
                    + "-dev-root-token-id=root -dev-listen-address=127.0.0.1:1 -dev-plugin-dir=p "
                    + "-dev-no-store-token"))
        #expect(options.configPaths == ["a.hcl", "b.d"])
        #expect(options.isDev)
        #expect(options.devRootTokenID == "root")
        #expect(options.devListenAddress == "127.0.0.1:1")
        #expect(options.devPluginDirectory == "p")
        #expect(options.devKeepsTokenOut)
        #expect(options.tokenFile == "/nonexistent/.vault-token")
        #expect(options.logLevel == .debug)
        #expect(options.logFormat == .json)
    }

    @Test("the environment gives defaults, and outside of dev mode no root token")
    func environment() async throws {
        let variables = ["VAULT_DEV_ROOT_TOKEN_ID": "env", "VAULT_LOG_LEVEL": "warn"]
        let dev = try #require(await options("server -dev", environment: variables))
        #expect(dev.devRootTokenID == "env")
        #expect(!dev.devKeepsTokenOut)
        #expect(dev.environment["VAULT_LOG_LEVEL"] == "warn")
        #expect(dev.logLevel == .warn)
        #expect(dev.devListenAddress == "127.0.0.1:8200")
        let real = try #require(await options("server -config=x", environment: variables))
        #expect(real.devRootTokenID == nil)
    }

    @Test("its exit code is the process's, and it does not start without a configuration")
    func exitCodes() async {
        #expect(await coffer("server -dev") { _, _ in 7 }.code == 7)
        let bare = await coffer("server") { _, _ in 0 }
        #expect(bare.code == 1)
        #expect(bare.err.contains("-config"))
        #expect(await coffer("server -dev -log-level=loud") { _, _ in 0 }.code == 1)
    }
}
