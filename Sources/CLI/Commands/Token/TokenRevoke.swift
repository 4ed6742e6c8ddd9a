// `coffer token revoke`.

import JSON

extension Flag {
    fileprivate static let ownToken = Flag("self", .boolean, "Revoke your own token.")
    fileprivate static let mode = Flag(
        "mode", .string,
        "\"orphan\" leaves the token's children alive; \"path\" takes the argument as a path and "
            + "revokes every token made below it.",
        choices: ["", "orphan", "path"])
}

extension Command {
    static let tokenRevoke = Command(
        "token revoke", "Revoke a token and its children", usage: "[options] [TOKEN | ACCESSOR]",
        about: """
            Ends a token at once, and with it all tokens and leases made with it. "-" reads the \
            token from standard input.
            """,
        examples: [
            Example("Revoke a token and its children:", "coffer token revoke hvs.CAES..."),
            Example("Revoke your own:", "coffer token revoke -self"),
        ],
        families: [.http], flags: [.accessor, .ownToken, .mode], takes: .optional
    ) { call in
        let request = try call.revocation()
        let client = try call.client()
        _ = try await call.during("Error revoking token") { try await client.send(request) }
        call.console.printLine("Success! Revoked token (if it existed)")
        return .success
    }
}

extension Invocation {
    fileprivate func revocation() throws -> APIRequest {
        let isOwn = flags.bool(.ownToken)
        let isAccessor = flags.bool(.accessor)
        let mode = flags.string(.mode) ?? ""
        if isOwn {
            guard arguments.isEmpty else { throw UsageError("Too many arguments with -self") }
            guard !isAccessor else { throw UsageError("Cannot use -self with -accessor!") }
            guard mode.isEmpty else { throw UsageError("Cannot use -self with -mode!") }
            return .put("auth/token/revoke-self")
        }
        guard let token = try secretArgument(0) else {
            throw UsageError("Not enough arguments (expected 1 or -self, got 0)")
        }
        guard !isAccessor || mode.isEmpty else {
            throw UsageError("Cannot use -accessor with -mode=\(mode)!")
        }
        return switch mode {
        case "orphan": .put("auth/token/revoke-orphan", ["token": .string(token)])
        case "path": .put("sys/leases/revoke-prefix/" + APIPath.sanitized(token))
        default:
            isAccessor
                ? .put("auth/token/revoke-accessor", ["accessor": .string(token)])
                : .put("auth/token/revoke", ["token": .string(token)])
        }
    }
}
