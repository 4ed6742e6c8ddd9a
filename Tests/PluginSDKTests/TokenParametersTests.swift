import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing
import Wire

@Suite("Token parameters of auth methods")
struct TokenParametersTests {
    private static let olderNames: [TokenParameter: String] = [
        .policies: "policies", .period: "period", .boundCIDRs: "bound_cidrs",
    ]

    /// A method with one role, which `role` gives and reads, and which `login` logs in with.
    private let method: EngineHarness = EngineHarness(
        Engine(
            paths: [
                Path(
                    "role",
                    [.read: { _ in .read(["role"], then: Self.show) }, .update: Self.change],
                    fields: TokenParameters.fields(olderNames: Self.olderNames), help: ""),
                Path("login", .update, help: "") { request in
                    .read(["role"]) { entries in
                        .answer(.auth(try Self.role(entries).grant(for: request, aliasName: "a")))
                    }
                },
            ],
            renewLogin: { request in
                .read(["role"]) { entries in
                    let role = try Self.role(entries)
                    guard try role.hasPolicies(ofRenewal: request) else {
                        throw PluginError(.invalidRequest, "changed")
                    }
                    return .answer(role.renewal())
                }
            }))

    private static func role(_ entries: Entries) throws -> TokenParameters {
        guard let record = entries["role"] else { return TokenParameters() }
        var reader = try RecordReader(record, layout: 1)
        let role = try TokenParameters(from: &reader)
        try reader.end()
        return role
    }

    @Sendable private static func show(_ entries: Entries) throws -> Outcome {
        let members = try role(entries).members(olderNames: olderNames)
        return .answer(.data(.object(JSONObject(members))))
    }

    @Sendable private static func change(_ request: Request) throws -> Outcome {
        .read(["role"]) { entries in
            var role = try role(entries)
            try role.take(try request.fields(), olderNames: olderNames)
            var writer = RecordWriter(layout: 1, capacity: 64)
            role.write(to: &writer)
            var batch = WriteBatch()
            batch.put("role", writer.bytes)
            return .answer(.none, writing: batch)
        }
    }

    private func refusal(_ operation: Paths.Operation, _ path: String, _ data: JSONValue) -> String
    {
        do {
            try method.call(operation, path, data)
            return ""
        } catch { return (error as? PluginError)?.message ?? "\(error)" }
    }

    private func grant() throws -> AuthGrant {
        try #require(try method.call(.update, "login").auth)
    }

    @Test("what was never said reads as Vault shows it")
    func defaults() throws {
        #expect(
            try method.call(.read, "role").json == [
                "token_ttl": 0, "token_max_ttl": 0, "token_policies": [], "token_bound_cidrs": [],
                "token_explicit_max_ttl": 0, "token_no_default_policy": false,
                "token_num_uses": 0, "token_period": 0, "token_type": "default",
            ])
        #expect(try grant() == AuthGrant(policies: [], aliasName: "a"))
    }

    @Test("everything that was said is kept, read and granted")
    func everything() throws {
        let said: JSONValue = [
            "token_ttl": 60, "token_max_ttl": 3600, "token_policies": ["dev", "ops"],
            "token_bound_cidrs": ["127.0.0.0/8", "10.0.0.1"], "token_explicit_max_ttl": 7200,
            "token_no_default_policy": true, "token_num_uses": 5, "token_period": 30,
            "token_type": "service",
        ]
        try method.call(.update, "role", said)
        #expect(try method.call(.read, "role").json == said)
        try method.call(.update, "role", ["token_ttl": "2m"])
        let grant = try grant()
        #expect(
            grant
                == AuthGrant(
                    policies: ["dev", "ops"], ttlSeconds: 120, maxTTLSeconds: 3600,
                    periodSeconds: 30, explicitMaxTTLSeconds: 7200, aliasName: "a", numUses: 5,
                    boundCIDRs: ["127.0.0.0/8", "10.0.0.1"], tokenType: .service,
                    noDefaultPolicy: true))
    }

    @Test(
        "a kind of token is granted as what it means",
        arguments: [
            ("default", TokenType.mountDefault), ("service", .service), ("batch", .batch),
            ("default-service", .service), ("default-batch", .batch), ("", .mountDefault),
        ])
    func types(text: String, granted: TokenType) throws {
        try method.call(.update, "role", ["token_type": .string(text)])
        #expect(try grant().tokenType == granted)
    }

    @Test("an older name is taken and shown, and gives way to the newer one")
    func underOlderNames() throws {
        try method.call(.update, "role", ["policies": "dev, ops", "period": 60])
        var shown = try method.call(.read, "role").json
        #expect(shown["token_policies"] == ["dev", "ops"] && shown["policies"] == ["dev", "ops"])
        #expect(shown["token_period"] == 60 && shown["period"] == 60)
        #expect(shown["bound_cidrs"] == nil)
        try method.call(.update, "role", ["token_policies": ["new"], "policies": ["old"]])
        shown = try method.call(.read, "role").json
        #expect(shown["token_policies"] == ["new"] && shown["policies"] == nil)
    }

    @Test(
        "what contradicts itself or is no value is refused",
        arguments: [
            (["token_ttl": 2, "token_max_ttl": 1], "'token_ttl' cannot be greater than"),
            (["token_num_uses": -1], "'token_num_uses' cannot be negative"),
            (["token_num_uses": 4_294_967_296], "'token_num_uses' is too large"),
            (["token_type": "batch", "token_period": 1], "periodic"),
            (["token_type": "default-batch", "token_num_uses": 1], "limited use count"),
            (["token_type": "wooden"], "invalid 'token_type' value"),
            (["token_bound_cidrs": ["10.0.0.0/33"]], "error parsing token_bound_cidrs"),
            (["bound_cidrs": "nowhere"], "error parsing bound_cidrs"),
            (["token_ttl": -1], "token_ttl"), (["token_period": "soon"], "token_period"),
        ] as [(JSONValue, String)])
    func refused(data: JSONValue, message: String) {
        #expect(refusal(.update, "role", data).contains(message))
    }

    @Test("a limit that is there already counts against what is said later")
    func later() throws {
        try method.call(.update, "role", ["token_max_ttl": 60])
        #expect(refusal(.update, "role", ["token_ttl": 61]).contains("token_max_ttl"))
        #expect(refusal(.update, "role", ["token_ttl": 60]) == "")
    }

    @Test("a client from elsewhere is not let in, nor one without an address")
    func addresses() throws {
        try method.call(.update, "role", ["token_bound_cidrs": "10.0.0.0/8"])
        for address in ["127.0.0.1", "", "@", "::ffff:11.0.0.1"] {
            method.remoteAddress = address
            #expect(refusal(.update, "login", [:]) == "permission denied")
        }
        method.remoteAddress = "::ffff:10.1.2.3"
        #expect(try grant().boundCIDRs == ["10.0.0.0/8"])
    }

    @Test("no login makes a root token", arguments: ["root", "Root"])
    func root(name: String) throws {
        try method.call(.update, "role", ["token_policies": [.string(name)]])
        #expect(refusal(.update, "login", [:]) == "auth methods cannot create root tokens")
    }

    @Test("a lifetime of ages is granted as what the core takes")
    func ages() throws {
        try method.call(.update, "role", ["token_max_ttl": 9_000_000_000])
        #expect(try grant().maxTTLSeconds == 100 * 365 * 24 * 3600)
    }

    @Test("a renewal has the lifetimes of today, and sees whether the policies are others")
    func renewal() throws {
        try method.call(.update, "role", ["token_ttl": 60, "token_policies": ["b", "a"]])
        let data: JSONValue = ["increment": 0, "policies": ["a", "b", "default"]]
        let renewed = try method.call(.renew, "login", data, keeping: [])
        #expect(renewed.auth?.ttlSeconds == 60)
        try method.call(.update, "role", ["token_policies": ["a"]])
        #expect(throws: PluginError(.invalidRequest, "")) {
            try method.call(.renew, "login", data, keeping: [])
        }
    }

    @Test("a damaged record is an error, whichever byte is missing")
    func damaged() throws {
        try method.call(
            .update, "role", ["token_policies": ["a"], "token_bound_cidrs": "10.0.0.1"])
        let record = try #require(method.storage["role"])
        for count in 1..<record.count {
            #expect(throws: RecordError.self) {
                var reader = try RecordReader(Array(record[..<count]), layout: 1)
                _ = try TokenParameters(from: &reader)
                try reader.end()
            }
        }
    }
}
