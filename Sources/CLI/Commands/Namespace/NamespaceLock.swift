// `coffer namespace lock` and `unlock`.

import JSON

extension Flag {
    fileprivate static let unlockKey = Flag(
        "unlock-key", .string, "Key that locking printed; a root token needs none.")
}

extension Command {
    static let namespaceLock = Command(
        "namespace lock", "Lock the API for a namespace", usage: "[options] [PATH]",
        about: """
            Locks the API of the current namespace, or of one below it, with all that lie within. \
            Requests are answered with 503 until it is unlocked with the key that is printed.
            """,
        examples: [Example("Lock a namespace:", "coffer namespace lock team")],
        families: [.http, .format, .field], takes: .optional
    ) { call in
        let client = try call.client()
        let request = APIRequest.put(call.lockPath("lock"), .object(JSONObject()))
        let secret = try await call.during("Error locking namespace") {
            try await client.send(request)
        }
        try call.show(secret, orSay: "Success! Namespace locked.")
        return .success
    }

    static let namespaceUnlock = Command(
        "namespace unlock", "Unlock the API for a namespace", usage: "[options] [PATH]",
        about: "Unlocks the API of the current namespace, or of one below it.",
        examples: [
            Example("Unlock a namespace:", "coffer namespace unlock -unlock-key=KEY team")
        ],
        families: [.http], flags: [.unlockKey], takes: .optional
    ) { call in
        var body = JSONObject()
        if let key = call.flags.string(.unlockKey), !key.isEmpty {
            body["unlock_key"] = .string(key)
        }
        let client = try call.client()
        let request = APIRequest.put(call.lockPath("unlock"), .object(body))
        _ = try await call.during("Error unlocking namespace") { try await client.send(request) }
        call.console.printLine("Success! Namespace unlocked.")
        return .success
    }
}
