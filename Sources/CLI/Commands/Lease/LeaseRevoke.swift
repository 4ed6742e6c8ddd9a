// `coffer lease revoke`.

import JSON

extension Flag {
    fileprivate static let forgetting = Flag(
        "force", .boolean,
        "Forget the leases even if their engine cannot end the secrets. For when the secrets are "
            + "known to be gone. Needs -prefix.", aliases: ["f"])
    fileprivate static let prefix = Flag(
        "prefix", .boolean, "Take the argument as how the leases' ids begin: all of them end.")
    fileprivate static let sync = Flag(
        "sync", .boolean, "Wait until it is done, and say if it fails.")
}

extension Command {
    static let leaseRevoke = Command(
        "lease revoke", "Revoke leases and secrets", usage: "[options] ID",
        about: """
            Ends a lease and its secret, or with -prefix all leases below a path. Without -sync \
            the server does it in the background, and tries again if it fails.
            """,
        examples: [
            Example("End a lease:", "coffer lease revoke database/creds/readonly/2f6a614c..."),
            Example("End all of a role:", "coffer lease revoke -prefix database/creds/readonly"),
            Example(
                "Forget leases whose database is gone:",
                "coffer lease revoke -force -prefix database/"),
        ],
        families: [.http], flags: [.forgetting, .prefix, .sync], takes: .exactly(1)
    ) { call in
        let id = call.arguments[0].trimmed
        let (isForced, isPrefix) = (call.flags.bool(.forgetting), call.flags.bool(.prefix))
        let isSync = call.flags.bool(.sync)
        guard !isForced || isPrefix else {
            throw UsageError("Specifying -force requires also specifying -prefix")
        }
        let client = try call.client()
        let below = APIPath.sanitized(id)
        if isForced {
            call.console.printError(
                TextWrap.fill(
                    "Warning! Force-removing leases can cause Coffer to become out of sync with "
                        + "secret engines!"))
            _ = try await call.during("Error force revoking leases with prefix \(id)") {
                try await client.send(.put("sys/leases/revoke-force/\(below)"))
            }
            call.console.printLine("Success! Force revoked any leases with prefix: \(id)")
            return .success
        }
        let what = isPrefix ? "leases with prefix" : "lease"
        let request =
            isPrefix
            ? APIRequest.put("sys/leases/revoke-prefix/\(below)", ["sync": .bool(isSync)])
            : APIRequest.put(
                "sys/leases/revoke", ["lease_id": .string(id), "sync": .bool(isSync)])
        _ = try await call.during("Error revoking \(what) \(id)") {
            try await client.send(request)
        }
        call.console.printLine(
            isSync
                ? "Success! Revoked \(isPrefix ? "any leases with prefix" : "lease"): \(id)"
                : "All revocation operations queued successfully!")
        return .success
    }
}
