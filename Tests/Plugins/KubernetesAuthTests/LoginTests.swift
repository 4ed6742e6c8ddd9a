import Cryptography
import HTTPClient
import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing

@testable import KubernetesAuth

@Suite struct LoginTests {
    @Test("a login rests on what the API server says, and the token is the role's")
    func login() throws {
        let harness = try KubernetesHarness()
        let token = try Token.signed()
        harness.know(token)
        let grant = try #require(try harness.login(token))
        #expect(grant.policies == ["app"])
        #expect(grant.ttlSeconds == 3_600)
        #expect(grant.aliasName == "u-1")
        #expect(grant.displayName == "shop-web")
        #expect(grant.metadata.contains(TextPair("service_account_name", "web")))
        #expect(grant.metadata.contains(TextPair("service_account_namespace", "shop")))
        #expect(grant.metadata.contains(TextPair("service_account_uid", "u-1")))
        #expect(grant.metadata.contains(TextPair("role", "app")))
        let request = try #require(harness.cluster.requests.first)
        #expect(
            request.url == "https://10.0.0.1:6443/apis/authentication.k8s.io/v1/tokenreviews")
        #expect(request.headers.contains { $0.value == "Bearer reviewer" })
        #expect(harness.cluster.requests.count == 1)
    }

    @Test("without a reviewer's token and outside a pod the token asks about itself")
    func ownReview() throws {
        let harness = try KubernetesHarness(config: ["token_reviewer_jwt": ""])
        let token = try Token.signed()
        harness.know(token)
        _ = try harness.login(token)
        let headers = try #require(harness.cluster.requests.first?.headers)
        #expect(headers.contains { $0.value == "Bearer " + token })
        harness.cluster.with { $0.status = 401 }
        #expect(harness.failure(token)?.code == .permissionDenied)
    }

    @Test("what the token claims admits nobody: name, namespace and uid are the answer's")
    func claimsAreNotBelieved() throws {
        let harness = try KubernetesHarness()
        let token = try Token.signed()
        for user in [
            "system:serviceaccount:shop:admin", "system:serviceaccount:other:web", "web",
            "system:node:web",
        ] {
            harness.know(token, user: user)
            #expect(harness.failure(token)?.code == .permissionDenied, "\(user)")
        }
        for user in [
            "system:serviceaccount:shop:web:x", "system:serviceaccount:shop:",
            "system:serviceaccount:shop:*", "",
        ] {
            harness.know(token, user: user)
            #expect(harness.failure(token)?.code == .upstreamFailed, "\(user)")
        }
        harness.know(token, uid: "")
        #expect(harness.failure(token)?.code == .upstreamFailed)
        harness.know(token, uid: "another")
        #expect(try harness.login(token)?.aliasName == "another")
    }

    @Test("a token that cannot be right never makes the cluster work")
    func early() throws {
        let harness = try KubernetesHarness(role: ["audience": "coffer"])
        let good: JSONObject = ["aud": "coffer"]
        for change: JSONObject in [
            ["aud": "coffer", "exp": 1_699_999_000], ["aud": "api"], ["aud": []], ["aud": nil],
            ["aud": "coffer", "sub": "system:serviceaccount:shop:admin"],
            ["aud": "coffer", "sub": "system:serviceaccount:other:web"],
            ["aud": "coffer", "sub": "web"], ["aud": "coffer", "sub": nil],
        ] {
            #expect(harness.failure(try Token.signed(change))?.code == .permissionDenied)
        }
        #expect(harness.cluster.requests.isEmpty)
        let token = try Token.signed(good)
        harness.know(token, audiences: ["coffer"])
        #expect(try harness.login(token) != nil)
    }

    @Test("the audience is the one that the API server names, and silence is none")
    func audience() throws {
        let harness = try KubernetesHarness(role: ["audience": "coffer"])
        let token = try Token.signed(["aud": ["api", "coffer"]])
        harness.know(token, audiences: ["coffer"])
        #expect(try harness.login(token) != nil)
        let status: JSONObject = [
            "authenticated": true,
            "user": ["username": "system:serviceaccount:shop:web", "uid": "u-1"],
        ]
        for audiences: JSONValue in [nil, [], ["api"], "coffer", ["Coffer"]] {
            var status = status
            status["audiences"] = audiences.isNull ? nil : audiences
            let body: JSONValue = ["kind": "TokenReview", "status": .object(status)]
            harness.cluster.with { $0.body = body }
            #expect(harness.failure(token)?.code == .permissionDenied)
        }
    }

    @Test("an API server that fails is named as what failed, and nobody is logged in")
    func failures() throws {
        let harness = try KubernetesHarness()
        let token = try Token.signed()
        harness.know(token)
        for status in [301, 400, 404, 409, 429, 500, 503] {
            harness.cluster.with { $0.status = status }
            let failure = try #require(harness.failure(token))
            #expect(failure.code == .upstreamFailed)
            #expect(failure.message.contains("\(status)"))
        }
        for status in [401, 403] {
            harness.cluster.with { $0.status = status }
            #expect(harness.failure(token)?.code == .upstreamFailed)
        }
        harness.cluster.with { $0.status = 200 }
        for code: HTTPFailure.Code in [
            .unknownHost, .notConnected, .timedOut, .untrustedCertificate, .tlsFailed, .tooLong,
            .brokenAnswer, .other,
        ] {
            harness.cluster.with { $0.failure = HTTPFailure(code, detail: "detail") }
            let failure = try #require(harness.failure(token))
            #expect(failure.code == .upstreamFailed)
            #expect(failure.message.contains(HTTPFailure(code).message))
            #expect(!failure.message.contains("detail"))
        }
    }

    @Test(
        "an answer that is no review is nobody's login",
        arguments: [
            [] as JSONValue, [:], ["kind": "TokenReview"], ["kind": "TokenReview", "status": 1],
            ["kind": "Status", "status": ["authenticated": true]],
            ["kind": "TokenReview", "status": ["authenticated": "true"]],
            ["kind": "TokenReview", "status": ["authenticated": 1]],
            ["kind": "TokenReview", "status": ["authenticated": true]],
            ["kind": "TokenReview", "status": ["authenticated": true, "user": "x"]],
            ["kind": "TokenReview", "status": ["authenticated": true, "user": ["username": 1]]],
            [
                "kind": "TokenReview",
                "status": [
                    "authenticated": false,
                    "user": ["username": "system:serviceaccount:shop:web", "uid": "u-1"],
                ],
            ],
        ])
    func malformedAnswers(_ body: JSONValue) throws {
        let harness = try KubernetesHarness()
        harness.cluster.with { $0.body = body }
        #expect(harness.failure(try Token.signed()) != nil)
    }

    private static let account: JSONValue = [
        "username": "system:serviceaccount:shop:web", "uid": "u-1",
    ]

    @Test(
        "an API server that contradicts itself is what failed, and nobody is logged in",
        arguments: [
            (["authenticated": true, "user": account, "error": "no etcd"], "could not be checked"),
            (["authenticated": true, "user": account, "error": ["x"]], "could not be checked"),
            (["authenticated": "yes", "user": account], "neither true nor false"),
            (["authenticated": 1, "user": account], "neither true nor false"),
            (["authenticated": true], "not whose it is"),
            (["authenticated": true, "user": ["username": "", "uid": "u-1"]], "not whose it is"),
            (
                ["authenticated": true, "user": ["username": "system:serviceaccount:web"]],
                "none can have"
            ),
            (
                ["authenticated": true, "user": ["username": "system:serviceaccount:a:b:c"]],
                "none can have"
            ),
        ] as [(JSONValue, String)])
    func contradictions(_ status: JSONValue, _ said: String) throws {
        let harness = try KubernetesHarness()
        harness.cluster.with { $0.body = ["kind": "TokenReview", "status": status] }
        let failure = try #require(harness.failure(try Token.signed()))
        #expect(failure.code == .upstreamFailed)
        #expect(failure.message.contains(said))
        #expect(!failure.message.contains("etcd"))
    }

    @Test("a good token of somebody who is no service account is refused, and so is one in error")
    func otherUsers() throws {
        let harness = try KubernetesHarness()
        let token = try Token.signed()
        for status in [
            ["authenticated": true, "user": ["username": "system:node:a", "uid": "u-1"]],
            ["authenticated": true, "user": ["username": "jane", "uid": "u-1"]],
            ["authenticated": false, "user": [:], "error": "[invalid bearer token]"],
            ["authenticated": .null],
        ] as [JSONValue] {
            harness.cluster.with { $0.body = ["kind": "TokenReview", "status": status] }
            #expect(harness.failure(token)?.code == .permissionDenied)
        }
        harness.cluster.with {
            $0.body = [
                "kind": "TokenReview",
                "status": ["authenticated": true, "user": Self.account, "error": ""],
            ]
        }
        #expect(try harness.login(token) != nil)
    }

    @Test("a namespace that is not named is admitted by its labels, as the API server knows them")
    func selector() throws {
        let harness = try KubernetesHarness(role: [
            "bound_service_account_namespaces": "",
            "bound_service_account_namespace_selector": #"{"matchLabels":{"team":"shop"}}"#,
        ])
        let token = try Token.signed()
        harness.know(token)
        #expect(harness.failure(token)?.message == "namespace not authorized")
        harness.cluster.with { $0.labels["shop"] = ["team": "shop", "x": "y"] }
        #expect(try harness.login(token) != nil)
        #expect(harness.cluster.requests.last?.url.hasSuffix("/api/v1/namespaces/shop") == true)
        harness.cluster.with { $0.labels["shop"] = ["team": "other"] }
        #expect(harness.failure(token)?.code == .permissionDenied)
    }

    @Test("annotations become metadata of the alias, and none of them replaces the engine's own")
    func annotations() throws {
        let harness = try KubernetesHarness(config: ["use_annotations_as_alias_metadata": true])
        let token = try Token.signed()
        harness.know(token)
        harness.cluster.with {
            $0.annotations = [
                "vault.hashicorp.com/alias-metadata-env": "prod", "other": "x",
                "vault.hashicorp.com/alias-metadata-service_account_uid": "forged",
                "vault.hashicorp.com/alias-metadata-": "none",
            ]
        }
        let grant = try #require(try harness.login(token))
        #expect(grant.aliasMetadata.count == 5)
        #expect(grant.aliasMetadata.contains(TextPair("env", "prod")))
        #expect(grant.aliasMetadata.contains(TextPair("service_account_uid", "u-1")))
    }

    @Test("with keys given, only what one of them signed goes to the API server")
    func publicKeys() throws {
        let pem = try Token.publicKeyPEM()
        let harness = try KubernetesHarness(config: ["pem_keys": [.string(pem)]])
        let token = try Token.signed()
        harness.know(token)
        #expect(try harness.login(token) != nil)
        let other = try PrivateKey.generate(.p256)
        let forged = token.split(separator: ".").prefix(2).joined(separator: ".")
        let signature = try other.sign(Array(forged.utf8), .ecdsaRaw(.sha256))
        let count = harness.cluster.requests.count
        #expect(
            harness.failure(forged + "." + Base64.encodeURL(signature))?.code == .permissionDenied)
        let rs256 = try Token.signed(header: ["alg": "RS256"])
        #expect(harness.failure(rs256)?.code == .permissionDenied)
        #expect(harness.cluster.requests.count == count)
    }

    @Test("the issuer is looked at when that is asked for")
    func issuer() throws {
        let token = try Token.signed()
        let strict = try KubernetesHarness(config: ["disable_iss_validation": false])
        strict.know(token)
        #expect(strict.failure(token)?.message == "invalid issuer (iss) claim")
        let named = try KubernetesHarness(config: [
            "disable_iss_validation": false, "issuer": "https://kubernetes.default.svc",
        ])
        named.know(token)
        #expect(try named.login(token) != nil)
    }

    @Test("roles, tokens and addresses that are missing or wrong are said to be")
    func requests() throws {
        let harness = try KubernetesHarness(role: ["token_bound_cidrs": "10.0.0.0/8"])
        let token = try Token.signed()
        harness.know(token)
        // The harness calls from 127.0.0.1.
        #expect(harness.failure(token)?.message == "permission denied")
        #expect(harness.failure(token, role: "none")?.message == "invalid role name \"none\"")
        #expect(harness.failure(token, role: "../config")?.code == .invalidRequest)
        #expect(harness.failure(token, role: "")?.message == "missing role")
        #expect(harness.failure("")?.message == "missing jwt")
        #expect(harness.cluster.requests.isEmpty)
    }

    @Test("the alias can be called by namespace and name")
    func aliasName() throws {
        let harness = try KubernetesHarness(role: ["alias_name_source": "serviceaccount_name"])
        let token = try Token.signed()
        harness.know(token)
        #expect(try harness.login(token)?.aliasName == "shop/web")
    }

    @Test("a renewal goes by the role as it is now, and by none when it is gone")
    func renewal() throws {
        let harness = try KubernetesHarness()
        let token = try Token.signed()
        harness.know(token)
        let kept = try #require(try harness.login(token)).internalData
        try harness.engine.call(.update, "role/app", ["ttl": "10m"])
        let renewed = try harness.engine.call(.renew, "login", [:], keeping: kept)
        #expect(renewed.auth?.ttlSeconds == 600)
        try harness.engine.call(.delete, "role/app")
        #expect(throws: PluginError.self) {
            try harness.engine.call(.renew, "login", [:], keeping: kept)
        }
    }
}
