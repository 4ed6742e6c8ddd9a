// `coffer operator init`: makes the root key, splits it into unseal keys, prints them once.

import JSON

extension Flag {
    fileprivate static let keyShares = Flag(
        "key-shares", .integer, "Number of unseal keys to split the root key into.",
        aliases: ["n"], fallback: "5")
    fileprivate static let keyThreshold = Flag(
        "key-threshold", .integer, "Number of unseal keys that are needed to unseal.",
        aliases: ["t"], fallback: "3")
    fileprivate static let status = Flag(
        "status", .boolean,
        "Only tell whether the server is initialized. The exit code is 0 if it is, 2 if it is not, "
            + "1 on an error.")
}

extension Command {
    static let operatorInit = Command(
        "operator init", "Initializes a server", usage: "[options]",
        about: """
            Initializes a server: it makes the root key that everything is encrypted under, splits \
            it into unseal keys, and makes a first root token. A server is initialized once.

            The unseal keys and the root token are printed once and stored nowhere. Give the keys \
            to different people.
            """,
        examples: [
            Example(
                "Initialize with the usual five keys, three of which unseal:",
                "coffer operator init"),
            Example(
                "Choose the number of keys:",
                "coffer operator init -key-shares=3 -key-threshold=2"),
        ],
        flags: [.keyShares, .keyThreshold, .status], takes: .none
    ) { call in
        var client = try call.anonymousClient()
        client.settings.wrapTTL = nil
        return call.flags.bool(.status)
            ? try await call.showInitStatus(client) : try await call.initialize(client)
    }
}

extension Invocation {
    fileprivate func showInitStatus(_ client: APIClient) async throws -> ExitCode {
        let answer = try await during("Error checking init status", code: .clientError) {
            try await client.object(.get("sys/init"))
        }
        let isInitialized = answer["initialized"]?.boolValue ?? false
        if output.isTable {
            console.printLine("Coffer is \(isInitialized ? "" : "not ")initialized")
        } else {
            try output.value(["initialized": .bool(isInitialized)])
        }
        return isInitialized ? .success : .notReady
    }

    fileprivate func initialize(_ client: APIClient) async throws -> ExitCode {
        let shares = flags.integer(.keyShares) ?? 0
        let threshold = flags.integer(.keyThreshold) ?? 0
        let request = APIRequest.put(
            "sys/init", ["secret_shares": .int(shares), "secret_threshold": .int(threshold)])
        let answer = try await during("Error initializing") { try await client.object(request) }
        let base64 = answer["keys_base64"]?.arrayValue ?? []
        let hex = answer["keys"]?.arrayValue ?? []
        guard output.isTable else {
            try output.value([
                "unseal_keys_b64": .array(base64), "unseal_keys_hex": .array(hex),
                "unseal_shares": .int(shares), "unseal_threshold": .int(threshold),
                "recovery_keys_b64": [], "recovery_keys_hex": [], "recovery_keys_shares": 0,
                "recovery_keys_threshold": 0, "root_token": answer["root_token"] ?? "",
            ])
            return .success
        }
        for (index, key) in (base64.isEmpty ? hex : base64).compactMap(\.stringValue).enumerated() {
            console.printLine("Unseal Key \(index + 1): \(key)")
        }
        console.printLine("\nInitial Root Token: \(answer["root_token"]?.stringValue ?? "")\n")
        console.printLine(
            TextWrap.fill(
                """
                Coffer initialized with \(shares) key shares and a key threshold of \(threshold). \
                Please securely distribute the key shares printed above. When the server is \
                re-sealed, restarted, or stopped, you must supply at least \(threshold) of these \
                keys to unseal it before it can start servicing requests.

                Coffer does not store the generated root key. Without at least \(threshold) keys \
                to reconstruct the root key, it will remain permanently sealed!
                """))
        return .success
    }
}
