// `coffer login`: gets a token, checks it, and leaves it in ~/.vault-token for the other commands.

import JSON

extension Flag {
    fileprivate static let method = Flag(
        "method", .string, "Kind of authentication, such as token, userpass or approle.",
        placeholder: "name", fallback: "token")
    fileprivate static let path = Flag(
        "path", .string, "Path at which the auth method is enabled, if not that of its name.",
        placeholder: "path")
    fileprivate static let noStore = Flag(
        "no-store", .boolean, "Do not store the token in ~/.vault-token.")
    fileprivate static let noPrint = Flag("no-print", .boolean, "Do not print the token.")
    fileprivate static let tokenOnly = Flag(
        "token-only", .boolean, "Print the token and nothing else, and do not store it.")
}

extension Command {
    static let login = Command(
        "login", "Authenticate locally", usage: "[options] [TOKEN | AUTH K=V...]",
        about: """
            Authenticates with the server and stores the token in ~/.vault-token, from which the \
            other commands take it. Without arguments it asks for a token. "-" reads the token \
            from standard input.

            With -method the K=V arguments go to that auth method; what is secret and missing is \
            asked for. "coffer auth help" says what a method takes.
            """,
        examples: [
            Example("Log in with a token that you type:", "coffer login"),
            Example(
                "Log in with a user name and a password:",
                "coffer login -method=userpass username=alice"),
            Example(
                "Get a token for a script and store nothing:",
                "coffer login -method=approle -token-only role_id=... secret_id=@secret-id"),
        ],
        families: [.http, .format, .field],
        flags: [.method, .path, .noStore, .noPrint, .tokenOnly], takes: .atLeast(0)
    ) { call in
        try await LoginRun(call: call).run()
    }
}

private struct LoginRun: Sendable {
    let call: Invocation
    let storesToken: Bool
    let tokenOnly: Bool

    init(call: Invocation) throws(UsageError) {
        self.call = call
        tokenOnly = call.flags.bool(.tokenOnly)
        storesToken = !call.flags.bool(.noStore) && !tokenOnly
        guard storesToken || !call.flags.bool(.noPrint) else {
            throw UsageError("-no-store and -no-print cannot be used together")
        }
    }

    func run() async throws -> ExitCode {
        let method = APIPath.sanitized(call.flags.string(.method) ?? "token")
        var arguments = call.arguments
        if method == "token", let first = arguments.first, !first.utf8.contains(UInt8(ascii: "=")) {
            arguments[0] = "token=" + first
        }
        var builder = KeyValueArguments(readStandardInput: { try call.readStandardInput() })
        for (index, argument) in arguments.enumerated() {
            try builder.add(argument, position: index + 1)
        }
        let secret =
            try await method == "token"
            ? tokenLogin(builder.object) : methodLogin(method, builder.object)
        return try await conclude(secret)
    }

    /// The token is looked up, so that a wrong one is told now and not at the next command.
    private func tokenLogin(_ data: JSONObject) async throws -> Secret {
        let given =
            try data["token"]?.stringValue?.trimmed
            ?? call.ask(
                "Token (will be hidden): ",
                insteadOf: "pass \"-\" as the argument to read the token from standard input."
            ).trimmed
        guard !given.isEmpty else {
            throw UsageError("a token must be passed; the help says how")
        }
        var client = try call.anonymousClient()
        client.settings.token = given
        client.settings.wrapTTL = nil
        let lookup = client
        let answer = try await call.during("Error authenticating: error looking up token") {
            try await lookup.read("auth/token/lookup-self")
        }
        guard let found = answer?.data else {
            throw CommandError.server("Error authenticating: empty response from lookup-self")
        }
        return Secret(auth: Self.auth(fromLookup: found, token: given))
    }

    /// A look-up's data in the form of a login's answer.
    private static func auth(fromLookup data: JSONObject, token: String) -> JSONObject {
        let tokenPolicies = data["policies"]?.arrayValue ?? []
        let identityPolicies = data["identity_policies"]?.arrayValue ?? []
        let all = Set((tokenPolicies + identityPolicies).compactMap(\.stringValue))
        return JSONObject([
            ("client_token", .string(token)), ("accessor", data["accessor"] ?? ""),
            ("policies", .strings(Array(all).sortedByBytes)),
            ("token_policies", .array(tokenPolicies)),
            ("identity_policies", .array(identityPolicies)), ("metadata", data["meta"] ?? .null),
            ("orphan", data["orphan"] ?? false), ("entity_id", data["entity_id"] ?? ""),
            ("lease_duration", data["ttl"] ?? 0), ("renewable", data["renewable"] ?? false),
        ])
    }

    private func methodLogin(_ method: String, _ data: JSONObject) async throws -> Secret {
        var data = data
        let mount = APIPath.sanitized(
            call.flags.string(.path) ?? data["mount"]?.stringValue ?? method)
        data["mount"] = nil
        let request = try LoginMethod.request(method, mount: mount, data, call)
        let client = try call.anonymousClient()
        let answer = try await call.during("Error authenticating") {
            try await client.send(request)
        }
        guard let answer else {
            throw CommandError.server("Error authenticating: the server returned an empty answer")
        }
        return answer
    }

    private func conclude(_ answer: Secret) async throws -> ExitCode {
        var secret = answer
        if secret.auth == nil, secret.isWrapped {
            guard storesToken else {
                try tokenOnly ? printField("wrapping_token", secret) : call.output.secret(secret)
                return .success
            }
            secret = try await unwrap(secret)
        }
        guard let token = secret.auth?["client_token"]?.stringValue, !token.isEmpty else {
            throw CommandError.server(
                "The server returned an answer without a token. Is this the path of an auth method?"
            )
        }
        if storesToken {
            try store(token, secret)
        } else if !tokenOnly {
            call.console.printError(
                TextWrap.fill(
                    "The token was not stored. Set the COFFER_TOKEN environment variable or pass "
                        + "the token below with each request.") + "\n")
        }
        if call.flags.bool(.noPrint) { return .success }
        if tokenOnly {
            try printField("token", secret)
            return .success
        }
        if storesToken, call.output.field == nil {
            call.output.success(
                TextWrap.fill(
                    "Success! You are now authenticated. The token information displayed below is "
                        + "already stored in ~/.vault-token. You do NOT need to run \"coffer "
                        + "login\" again. Future requests will automatically use this token.")
                    + "\n")
        }
        try call.output.secret(secret)
        return .success
    }

    private func unwrap(_ secret: Secret) async throws -> Secret {
        var client = try call.anonymousClient()
        client.settings.token = secret.wrapInfo?["token"]?.stringValue
        client.settings.wrapTTL = nil
        let unwrapping = client
        let inner = try await call.during("Error extracting token") {
            try await unwrapping.send(.put("sys/wrapping/unwrap"))
        }
        guard let inner else { throw CommandError.server("The wrapped answer was empty") }
        return inner
    }

    private func store(_ token: String, _ secret: Secret) throws {
        do {
            guard let file = TokenFile(environment: call.world.environment) else {
                throw FileError(message: "there is no home directory")
            }
            try file.store(token)
        } catch let error as FileError {
            call.console.printError("Error storing token: \(error.message)")
            call.console.printError(
                TextWrap.fill(
                    "Authentication was successful, but the token was not persisted. The resulting "
                        + "token is shown below for your records.") + "\n")
            try call.output.secret(secret)
            throw CommandError.server("The token was not stored.")
        }
        if let (variable, _) = call.world.environment.setting("TOKEN") {
            call.console.printError(
                TextWrap.fill(
                    "WARNING! The \(variable) environment variable is set! Its value takes "
                        + "precedence over the stored token; if this is unwanted, unset it.")
                    + "\n")
        }
    }

    private func printField(_ name: String, _ secret: Secret) throws(CommandError) {
        try call.output.rawField(name, of: secret.field(name), in: "secret")
    }
}
