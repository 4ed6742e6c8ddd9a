// TokenReview (authentication.k8s.io/v1): the API server says whether a token is good, for whom,
// and whose it is. That, and not the token, is what a login rests on.

import JSON
import PluginSDK

/// Who logs in, as the API server says.
struct ReviewedAccount: Sendable, Equatable {
    let name: ServiceAccountName
    let uid: String
}

extension APIServer {
    private static let purpose = "token review"

    /// - Parameter audience: for whom the token must have been made out; "" for the API server.
    func review(_ token: UnverifiedToken, audience: String) throws(PluginError) -> ReviewedAccount {
        var spec: JSONObject = ["token": .string(token.text)]
        if !audience.isEmpty { spec["audiences"] = .strings([audience]) }
        let answer = try post(
            "/apis/authentication.k8s.io/v1/tokenreviews",
            [
                "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
                "spec": .object(spec),
            ], Self.purpose)
        guard answer["kind"]?.stringValue == "TokenReview",
            let status = answer["status"], status.objectValue != nil
        else { throw malformed("with something that is no TokenReview") }
        // Left out when it is false.
        guard (status["authenticated"] ?? false).boolValue == true else {
            Log.info("login refused: the Kubernetes API server says that the token is not valid")
            throw .permissionDenied
        }
        if !audience.isEmpty { try check(audience, status["audiences"]) }
        let user = status["user"]?["username"]?.stringValue ?? ""
        guard let name = ServiceAccountName(user: user) else {
            Log.info("login refused: the token is not one of a service account")
            throw .permissionDenied
        }
        return ReviewedAccount(name: name, uid: status["user"]?["uid"]?.stringValue ?? "")
    }

    /// An API server that knows of audiences says for which of those asked the token is good; one
    /// that says nothing has not looked.
    private func check(_ audience: String, _ given: JSONValue?) throws(PluginError) {
        let audiences = given?.arrayValue?.compactMap(\.stringValue) ?? []
        guard audiences.contains(where: { $0.utf8.elementsEqual(audience.utf8) }) else {
            Log.info("login refused: the token is for another audience")
            throw PluginError(
                .permissionDenied,
                "invalid audience (aud) claim: audience claim does not match any expected audience")
        }
    }

    private func malformed(_ problem: String) -> PluginError {
        failure(Self.purpose, "answers " + problem, [:])
    }
}
