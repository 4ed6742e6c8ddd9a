// A cluster's API server as this engine asks it. What it answers is checked like a stranger's, and
// everything it does wrong has a sentence for the client and one for the log.

import HTTPClient
import JSON
import PluginSDK

/// What is asked of a cluster, so that tests can answer for one.
protocol Cluster: Sendable {
    func send(_ request: HTTPRequest) throws(HTTPFailure) -> HTTPAnswer
}

struct KubernetesCluster: Cluster {
    private let client = HTTPClient(
        HTTPClient.Limits(
            connectMilliseconds: Limits.connectMilliseconds,
            totalMilliseconds: Limits.requestMilliseconds, answerBytes: Limits.answerBytes,
            idleConnections: Limits.idleConnections))

    func send(_ request: HTTPRequest) throws(HTTPFailure) -> HTTPAnswer { try client.send(request) }
}

/// One caller's way to the API server.
struct APIServer: Sendable {
    let cluster: any Cluster
    let address: APIServerAddress
    let authorities: [UInt8]?
    /// Who asks.
    let token: String
    /// The token is the one that somebody logs in with: that it is refused says nothing of the
    /// configuration.
    let asksAsClient: Bool

    func get(_ path: String, _ purpose: String) throws(PluginError) -> JSONValue {
        try object(HTTPRequest(.get, address.url + path), purpose)
    }

    func post(
        _ path: String, _ body: JSONValue, _ purpose: String
    ) throws(PluginError) -> JSONValue {
        try object(HTTPRequest(.post, address.url + path, body: body.encoded()), purpose)
    }

    private func object(
        _ request: HTTPRequest, _ purpose: String
    ) throws(PluginError) -> JSONValue {
        var request = request
        request.authorities = authorities
        request.headers = [
            ("Authorization", "Bearer " + token), ("Accept", "application/json"),
            ("User-Agent", "coffer"),
        ]
        if request.body != nil { request.headers.append(("Content-Type", "application/json")) }
        let answer: HTTPAnswer
        do throws(HTTPFailure) {
            answer = try cluster.send(request)
        } catch {
            throw failure(purpose, error.message, ["detail": error.detail])
        }
        switch answer.status {
        case 200...299: break
        case 401, 403: throw refusal(answer.status, purpose)
        default:
            throw failure(
                purpose, "answers with status \(answer.status)", ["status": "\(answer.status)"])
        }
        guard let value = try? JSONValue(parsing: answer.body), value.objectValue != nil else {
            throw failure(purpose, "answers with something that is no JSON object", [:])
        }
        return value
    }

    func failure(
        _ purpose: String, _ problem: String, _ values: [String: String]
    ) -> PluginError {
        Log.error(
            "\(purpose) failed: the Kubernetes API server \(problem)",
            values.merging(["kubernetes_host": address.url]) { $1 })
        return PluginError(
            .upstreamFailed, "\(purpose) failed: the Kubernetes API server \(problem)")
    }

    private func refusal(_ status: Int, _ purpose: String) -> PluginError {
        let values = ["status": "\(status)", "kubernetes_host": address.url]
        if asksAsClient {
            Log.warn(
                """
                \(purpose) was refused to the token that logs in itself, since neither \
                token_reviewer_jwt nor a pod's token is there to ask with. Is the token valid, and \
                does its service account have the cluster role system:auth-delegator?
                """, values)
            return .permissionDenied
        }
        Log.error(
            """
            \(purpose) was refused to the token that Coffer asks with. Is it still valid, and does \
            its service account have the cluster role system:auth-delegator, and with namespace \
            selectors or annotations the right to get those?
            """, values)
        return PluginError(
            .upstreamFailed,
            "\(purpose) failed: the Kubernetes API server refuses it to Coffer (status \(status))")
    }
}

extension PluginError {
    static var permissionDenied: PluginError { PluginError(.permissionDenied, "permission denied") }
}
