// `coffer pki verify-sign`: whether one issuer has signed another.

import JSON

extension Command {
    static let pkiVerifySign = Command(
        "pki verify-sign", "Checks whether an issuer has signed another",
        usage: "[options] POSSIBLE_ISSUER CERTIFICATE",
        about: """
            Compares two issuers, both by their paths: names, key identifiers, the signature, and \
            whether the first is in the chain of the second.
            """,
        examples: [
            Example(
                "Check an intermediate:",
                "coffer pki verify-sign pki-root/issuer/default pki-web/issuer/default")
        ],
        takes: .exactly(2)
    ) { call in
        let client = try call.client()
        let parent = try await call.issuer(APIPath.sanitized(call.arguments[0]), client)
        let child = try await call.issuer(APIPath.sanitized(call.arguments[1]), client)
        let match = IssuerMatch(parent, child)
        try call.output.data(
            JSONObject(match.rows.map { ($0.name, JSONValue.bool($0.isMatch)) }))
        return .success
    }
}
