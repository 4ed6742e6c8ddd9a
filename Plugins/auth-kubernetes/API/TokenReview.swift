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
        let verdict = status["authenticated"] ?? false
        guard let isAuthenticated = verdict.isNull ? false : verdict.boolValue else {
            throw malformed("with a verdict that is neither true nor false")
        }
        guard isAuthenticated else {
            Log.info("login refused: the Kubernetes API server says that the token is not valid")
            throw .permissionDenied
        }
        // An error says that the token could not be checked, whatever else is said of it.
        guard (status["error"] ?? .null).isNull || status["error"]?.stringValue == "" else {
            throw malformed("that the token is valid and that it could not be checked")
        }
        if !audience.isEmpty { try check(audience, status["audiences"]) }
        guard let user = status["user"]?["username"]?.stringValue, !user.isEmpty else {
            throw malformed("that the token is valid, and not whose it is")
        }
        guard let name = ServiceAccountName(user: user) else {
            // Other users' tokens are valid too, but no service account has such a name.
            guard !ServiceAccountName.isMeant(by: user) else {
                throw malformed("with a service account's name that none can have")
            }
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
