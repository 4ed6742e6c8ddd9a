// `coffer pki issue`: a new intermediate in one mount, signed by an issuer of another.

import JSON

extension Command {
    private static let keySource = Flag(
        "type", .string, "With \"exported\" the key is shown once.", fallback: "internal",
        choices: ["internal", "exported"])
    private static let issuerName = Flag(
        "issuer_name", .string, "A name for the new issuer.", placeholder: "name")

    static let pkiIssue = Command(
        "pki issue", "Makes an intermediate authority",
        usage: "[options] PARENT CHILD_MOUNT [DATA K=V...]",
        about: """
            Makes a key and a request in CHILD_MOUNT, has PARENT sign it (an issuer's path, such \
            as pki/issuer/default), and takes the certificate and its chain into CHILD_MOUNT. \
            DATA goes along with both requests: common_name, ttl, key_type, max_path_length and \
            whatever else they take.
            """,
        examples: [
            Example(
                "A new intermediate on a curve:",
                "coffer pki issue -issuer_name=web pki-root/issuer/default pki-web "
                    + "common_name=\"Web\" key_type=ec")
        ],
        families: [.http, .format, .field], flags: [keySource, issuerName], takes: .atLeast(2)
    ) { call in
        let parent = APIPath.sanitized(call.arguments[0])
        let child = APIPath.sanitized(call.arguments[1])
        let data = try call.data(from: 2)
        let client = try call.client()
        func send(_ path: String, _ body: JSONValue) async throws -> Secret {
            let answer = try await call.during("Error writing to \(path)") {
                try await client.send(.put(path, body))
            }
            guard let answer else { throw CommandError.server("\(path) answered no data.") }
            return answer
        }
        let type = call.flags.string(keySource) ?? "internal"
        let made = try await send("\(child)/intermediate/generate/\(type)", data)
        var request = data
        request["csr"] = made.data?["csr"] ?? .null
        let signed = try await send("\(parent)/sign-intermediate", request)
        let chain = (signed.data?["ca_chain"]?.arrayValue ?? []).compactMap(\.stringValue)
        let own = signed.data?["certificate"]?.stringValue ?? ""
        let bundle = ([own] + chain).joined(separator: "\n")
        let imported = try await send(
            "\(child)/intermediate/set-signed", ["certificate": .string(bundle)])
        let keyID = made.data?["key_id"]?.stringValue ?? ""
        let issuer = imported.data?["mapping"]?.objectValue?.members.first {
            $0.value.stringValue == keyID
        }
        guard let issuer else {
            throw CommandError.server("\(child) did not take the new certificate.")
        }
        if let name = call.flags.string(issuerName) {
            _ = try await send("\(child)/issuer/\(issuer.key)", ["issuer_name": .string(name)])
        }
        let path = "\(child)/issuer/\(issuer.key)"
        let read = try await call.during("Error reading \(path)") {
            try await client.send(.get(path))
        }
        guard var result = read else { throw CommandError.server("\(path) is not there.") }
        // The only time that the key is shown.
        if let key = made.data?["private_key"] { result.data?["private_key"] = key }
        try call.output.secret(result)
        return .success
    }
}
