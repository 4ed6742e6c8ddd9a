// An API server in memory, and tokens that it knows.

import Cryptography
import HTTPClient
import JSON
import Synchronization

@testable import KubernetesAuth

final class FakeCluster: Cluster {
    struct State {
        /// Of tokens that are good: user name, uid and audiences.
        var known: [String: (user: String, uid: String, audiences: [String])] = [:]
        var labels: [String: JSONObject] = [:]
        var annotations: JSONObject = [:]
        /// Instead of any answer.
        var failure: HTTPFailure?
        var status = 201
        var body: JSONValue?
        var requests: [HTTPRequest] = []
    }

    let state = Mutex(State())

    var requests: [HTTPRequest] { state.withLock { $0.requests } }

    func with(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

    func send(_ request: HTTPRequest) throws(HTTPFailure) -> HTTPAnswer {
        let (failure, status, body) = state.withLock { state in
            state.requests.append(request)
            return (state.failure, state.status, state.body ?? Self.answer(request, state))
        }
        if let failure { throw failure }
        return HTTPAnswer(status: status, body: body.encoded())
    }

    private static func answer(_ request: HTTPRequest, _ state: State) -> JSONValue {
        let parts = request.url.split(separator: "/").map(String.init)
        guard request.method == .post else {
            let isAccount = parts.contains("serviceaccounts")
            let labels = state.labels[parts.last ?? ""] ?? [:]
            return [
                "kind": isAccount ? "ServiceAccount" : "Namespace",
                "metadata": [
                    "name": .string(parts.last ?? ""), "labels": .object(labels),
                    "annotations": .object(state.annotations),
                ],
            ]
        }
        let spec = (try? JSONValue(parsing: request.body ?? []))?["spec"]
        let wanted = spec?["audiences"]?.arrayValue?.compactMap(\.stringValue) ?? ["api"]
        var status: JSONObject = [:]
        if let known = spec?["token"]?.stringValue.flatMap({ state.known[$0] }),
            let audience = wanted.first(where: { known.audiences.contains($0) })
        {
            status = [
                "authenticated": true, "audiences": [.string(audience)],
                "user": ["username": .string(known.user), "uid": .string(known.uid)],
            ]
        } else {
            status["error"] = "invalid bearer token"
        }
        return ["kind": "TokenReview", "status": .object(status)]
    }
}

/// Tokens of a cluster, signed with its key.
enum Token {
    static let key: PrivateKey? = try? PrivateKey.generate(.p256)

    static let claims: JSONObject = [
        "iss": "https://kubernetes.default.svc", "sub": "system:serviceaccount:shop:web",
        "aud": ["api"], "exp": 1_700_003_600, "iat": 1_700_000_000,
        "kubernetes.io": ["namespace": "shop", "serviceaccount": ["name": "web", "uid": "u-1"]],
    ]

    static func signed(_ changes: JSONObject = [:], header: JSONObject? = nil) throws -> String {
        var claims = claims
        for (key, value) in changes.members {
            claims[key] = value.isNull ? .none : .some(value)
        }
        let header = header ?? ["alg": "ES256", "kid": "1"]
        let text =
            Base64.encodeURL(JSONValue.object(header).encoded()) + "."
            + Base64.encodeURL(JSONValue.object(claims).encoded())
        let signature = try key?.sign(Array(text.utf8), .ecdsaRaw(.sha256)) ?? []
        return text + "." + Base64.encodeURL(signature)
    }

    static func publicKeyPEM() throws -> String {
        PEM.encode("PUBLIC KEY", try key?.publicKey().subjectPublicKeyInfo() ?? [])
    }
}
