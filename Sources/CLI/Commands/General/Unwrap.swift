// `coffer unwrap [TOKEN]`: what a wrapping token holds, once.

import JSON

extension Command {
    static let unwrap = Command(
        "unwrap", "Unwrap a wrapped secret", usage: "[options] [TOKEN]",
        about: """
            Prints what is wrapped in the given wrapping token, which ends the token: if it was \
            used already, somebody else has read the secret. Without TOKEN, your own token is \
            taken as the wrapping token. "-" reads it from standard input.
            """,
        examples: [
            Example(
                "Hand over a secret so that it can be read once only:",
                "coffer kv get -wrap-ttl=5m -field=wrapping_token secret/my-app",
                "coffer unwrap hvs.CAES...")
        ],
        families: [.http, .format, .field], takes: .optional
    ) { call in
        var client = try call.client()
        client.settings.wrapTTL = nil
        let wrapping = try call.secretArgument(0)
        var body = JSONObject()
        if let wrapping {
            if client.settings.token == nil {
                client.settings.token = wrapping
            } else if client.settings.token != wrapping {
                body["token"] = .string(wrapping)
            }
        }
        let (finalClient, request) = (client, APIRequest.put("sys/wrapping/unwrap", .object(body)))
        let secret = try await call.during("Error unwrapping") {
            try await finalClient.send(request)
        }
        guard let secret else {
            call.output.success("Successfully unwrapped. There was no data in the wrapped secret.")
            return .success
        }
        if secret.keys != nil, call.output.field == nil {
            try call.output.list(secret)
        } else {
            try call.output.secret(secret)
        }
        return .success
    }
}

extension Invocation {
    /// A secret given as an argument, or as `-` on standard input, where other users of the machine
    /// cannot see it in the list of processes.
    func secretArgument(_ index: Int) throws -> String? {
        guard index < arguments.count else { return nil }
        let text = arguments[index]
        let secret = text == "-" ? String(decoding: try readStandardInput(), as: UTF8.self) : text
        return secret.trimmed.isEmpty ? nil : secret.trimmed
    }
}
