// `coffer operator rekey`: new unseal keys.

import JSON

extension Flag {
    fileprivate static let start = Flag(
        "init", .boolean,
        "Start a rekey, if none is in progress; see -key-shares and -key-threshold.")
    fileprivate static let cancel = Flag(
        "cancel", .boolean, "Forget the rekey and the unseal keys given so far.")
    fileprivate static let status = Flag(
        "status", .boolean, "Show the rekey without giving an unseal key.")
    fileprivate static let verify = Flag(
        "verify", .boolean,
        "With -init: keep the old keys until enough new ones were given back. Else: this is about "
            + "giving them back.")
    fileprivate static let shares = Flag(
        "key-shares", .integer, "Number of new unseal keys.", aliases: ["n"], fallback: "5")
    fileprivate static let threshold = Flag(
        "key-threshold", .integer, "Number of new unseal keys that are needed to unseal.",
        aliases: ["t"], fallback: "3")
    fileprivate static let target = Flag(
        "target", .string, "Keys to replace; this server has no recovery keys.",
        fallback: "barrier", choices: ["barrier", "recovery"])
    fileprivate static let pgpKeys = Flag(
        "pgp-keys", .string, "PGP keys to encrypt the new keys with; the server must support it.")
    fileprivate static let backup = Flag(
        "backup", .boolean, "Keep PGP-encrypted new keys in the server.")
    fileprivate static let backupRetrieve = Flag(
        "backup-retrieve", .boolean, "Show the keys that -backup kept.")
    fileprivate static let backupDelete = Flag(
        "backup-delete", .boolean, "Delete the keys that -backup kept.")
}

extension Command {
    static let operatorRekey = Command(
        "operator rekey", "Generates new unseal keys", usage: "[options] [KEY]",
        about: """
            Replaces the unseal keys. Somebody starts it with -init and says how many keys there \
            shall be; then as many people as the present threshold says give their key and the \
            nonce. The last one is shown the new keys, once. The server goes on serving meanwhile.

            With -verify at the start, the old keys stay valid until enough of the new ones were \
            given back, so that none is lost on the way.

            Without KEY it asks for the key and does not show it. "-" reads the key from standard \
            input. It needs a token with sudo on sys/rekey/*, or a listener that is open for \
            clients without one; those have to be told the nonce.
            """,
        examples: [
            Example(
                "Start:", "coffer operator rekey -init -key-shares=15 -key-threshold=9"),
            Example("Give an unseal key:", "coffer operator rekey -nonce=..."),
            Example("Give a new key back:", "coffer operator rekey -verify -nonce=..."),
        ],
        flags: [
            .start, .cancel, .status, .verify, .shares, .threshold, .ceremonyNonce, .target,
            .pgpKeys, .backup, .backupRetrieve, .backupDelete,
        ], takes: .optional
    ) { call in
        let client = try call.client()
        let rekey = RekeyPaths(isRecovery: call.flags.string(.target) == "recovery")
        if call.flags.bool(.backupDelete) { return try await call.deleteBackup(client, rekey) }
        if call.flags.bool(.backupRetrieve) { return try await call.showBackup(client, rekey) }
        if call.flags.bool(.start) { return try await call.startRekey(client, rekey) }
        let isVerification = call.flags.bool(.verify)
        if call.flags.bool(.cancel) {
            return try await call.cancelRekey(client, rekey, isVerification)
        }
        if call.flags.bool(.status) {
            try call.showRekey(try await call.rekeyStatus(client, rekey, isVerification))
            return .success
        }
        return isVerification
            ? try await call.giveNewKey(client, rekey) : try await call.giveOldKey(client, rekey)
    }
}

/// Where the server has what is to be replaced.
private struct RekeyPaths: Sendable {
    let isRecovery: Bool

    private var root: String { isRecovery ? "sys/rekey-recovery-key/" : "sys/rekey/" }
    var start: String { root + "init" }
    var update: String { root + "update" }
    var verify: String { root + "verify" }
    var backup: String { isRecovery ? "sys/rekey/recovery-key-backup" : "sys/rekey/backup" }
}

extension Invocation {
    fileprivate func rekeyStatus(
        _ client: APIClient, _ paths: RekeyPaths, _ isVerification: Bool
    ) async throws -> JSONObject {
        try await during("Error getting rekey status") {
            try await client.object(.get(isVerification ? paths.verify : paths.start))
        }
    }

    fileprivate func startRekey(
        _ client: APIClient, _ paths: RekeyPaths
    ) async throws -> ExitCode {
        var body: JSONObject = [
            "secret_shares": .int(flags.integer(.shares) ?? 0),
            "secret_threshold": .int(flags.integer(.threshold) ?? 0),
            "require_verification": .bool(flags.bool(.verify)),
        ]
        if let keys = flags.string(.pgpKeys) {
            body["pgp_keys"] = .strings(keys.split(separator: ",").map { String($0) })
        }
        if flags.bool(.backup) { body["backup"] = true }
        let request = APIRequest.put(paths.start, .object(body))
        let status = try await during("Error initializing rekey") {
            try await client.object(request)
        }
        if output.isTable, !flags.bool(.verify) {
            console.printError(
                TextWrap.fill(
                    """
                    WARNING! If you lose the keys after they are returned, there is no recovery. \
                    Consider canceling this operation and starting it again with -verify, which \
                    keeps the old keys valid until the new ones were given back.
                    """) + "\n")
        }
        try showRekey(status)
        return .success
    }

    fileprivate func cancelRekey(
        _ client: APIClient, _ paths: RekeyPaths, _ isVerification: Bool
    ) async throws -> ExitCode {
        let path = isVerification ? paths.verify : paths.start
        _ = try await during("Error canceling rekey") {
            try await client.send(.delete(path, query: nonceQuery))
        }
        output.success(
            isVerification
                ? "Success! Restarted the verification of the new keys"
                : "Success! Canceled rekeying (if it was started)")
        return .success
    }

    fileprivate func giveOldKey(
        _ client: APIClient, _ paths: RekeyPaths
    ) async throws -> ExitCode {
        let status = try await rekeyStatus(client, paths, false)
        guard status["started"]?.boolValue == true else {
            throw CommandError.client(
                TextWrap.fill(
                    """
                    No rekey is in progress. Start a rekey process by running \
                    "coffer operator rekey -init".
                    """))
        }
        let answer = try await give(client, paths.update, status)
        guard answer["complete"]?.boolValue == true else {
            try showRekey(answer)
            return .success
        }
        try showNewKeys(answer, status)
        return .success
    }

    fileprivate func giveNewKey(
        _ client: APIClient, _ paths: RekeyPaths
    ) async throws -> ExitCode {
        let status = try await rekeyStatus(client, paths, true)
        let answer = try await give(client, paths.verify, status)
        guard answer["complete"]?.boolValue == true, output.isTable else {
            try showRekey(answer)
            return .success
        }
        console.printLine(
            TextWrap.fill(
                """
                Rekey verification successful. The rekey operation is complete and the new keys \
                are now active.
                """))
        return .success
    }

    private func give(
        _ client: APIClient, _ path: String, _ status: JSONObject
    ) async throws -> JSONObject {
        let (key, nonce) = try shareAndNonce(status["nonce"]?.stringValue ?? "")
        return try await during("Error posting unseal key") {
            try await client.object(
                .put(path, ["key": .string(key), "nonce": .string(nonce)]))
        }
    }

    private func showNewKeys(_ answer: JSONObject, _ status: JSONObject) throws {
        guard output.isTable else {
            try output.value(.object(answer))
            return
        }
        func text(_ name: String) -> String { status[name].map(PlainValue.text) ?? "" }
        let keys = answer["keys_base64"]?.arrayValue ?? answer["keys"]?.arrayValue ?? []
        for (index, key) in keys.compactMap(\.stringValue).enumerated() {
            console.printLine("Key \(index + 1): \(key)")
        }
        console.printLine("\nOperation nonce: \(answer["nonce"]?.stringValue ?? "")\n")
        guard answer["verification_required"]?.boolValue == true else {
            console.printLine(
                TextWrap.fill(
                    """
                    The unseal keys were rekeyed to \(text("n")) key shares and a key threshold of \
                    \(text("t")). Please securely distribute the key shares printed above. When \
                    the server is re-sealed, restarted, or stopped, you must supply at least \
                    \(text("t")) of these keys to unseal it before it can start servicing requests.
                    """))
            return
        }
        console.printLine(
            TextWrap.fill(
                """
                A new unseal key was made, split into \(text("n")) key shares and a key threshold \
                of \(text("t")). These will not be active until after verification is complete: \
                do not lose or discard your current key shares until then. If you cancel the rekey \
                or seal the server before, the new shares are discarded and the current ones \
                remain valid. Give the new ones back with "coffer operator rekey -verify".
                """))
        console.printLine(
            "\nVerification nonce: \(answer["verification_nonce"]?.stringValue ?? "")")
    }

    fileprivate func showRekey(_ status: JSONObject) throws {
        guard output.isTable else {
            try output.value(.object(status))
            return
        }
        func text(_ name: String) -> String { status[name].map(PlainValue.text) ?? "" }
        var table = Table("Key", "Value")
        table.append("Nonce", text("nonce"))
        table.append("Started", text("started"))
        if status["started"]?.boolValue == true {
            let isVerification = status["required"] == nil
            let label = isVerification ? "Verification Progress" : "Rekey Progress"
            table.append(label, text("progress") + "/" + text(isVerification ? "t" : "required"))
            table.append("New Shares", text("n"))
            table.append("New Threshold", text("t"))
            if !isVerification {
                table.append("Verification Required", text("verification_required"))
            }
            if !text("verification_nonce").isEmpty {
                table.append("Verification Nonce", text("verification_nonce"))
            }
        }
        console.printLine(table.text)
    }

    fileprivate func showBackup(
        _ client: APIClient, _ paths: RekeyPaths
    ) async throws -> ExitCode {
        let answer = try await during("Error retrieving rekey backed up keys") {
            try await client.read(paths.backup)
        }
        guard let answer else {
            throw CommandError.server("there are no backed up keys")
        }
        try output.secret(answer)
        return .success
    }

    fileprivate func deleteBackup(
        _ client: APIClient, _ paths: RekeyPaths
    ) async throws -> ExitCode {
        _ = try await during("Error deleting rekey backed up keys") {
            try await client.send(.delete(paths.backup))
        }
        output.success("Success! Deleted backed up keys (if they existed)")
        return .success
    }
}
