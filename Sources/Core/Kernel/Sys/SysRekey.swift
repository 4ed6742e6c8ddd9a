// `sys/rekey` and `sys/rotate/root`: new unseal keys. The first answers without an envelope and is
// what a listener may open to clients without a token; both work on the same attempt.

internal import Cryptography
internal import JSON
internal import Paths
internal import Synchronization

enum SysRekey {
    static let paths =
        attempt("rekey", isBare: true) + attempt("rotate/root", isBare: false) + [
            CorePath(
                "rotate/root", [.update: .suspending(rotateRoot)],
                help: "Replace the root key; the key shares stay valid."),
            recovery("rekey-recovery-key/:rest*"), recovery("rekey/recovery-key-backup"),
            recovery("rotate/recovery"), recovery("rotate/recovery/:rest*"),
        ]

    /// With the listener's permission a token is not needed; else sudo is.
    static let opened = OpenedPaths(
        permission: .rekey, paths: ["rekey/init", "rekey/update", "rekey/verify"])
    static let sudo = [
        "rekey/*", "rekey-recovery-key/*", "rotate/root", "rotate/root/*", "rotate/recovery",
        "rotate/recovery/*",
    ]

    private static let shareFields: [Field] = [
        .string("key", "One key share, in hex or base64."),
        .string("nonce", "The operation's nonce."),
    ]

    private static func attempt(_ root: String, isBare: Bool) -> [CorePath] {
        @Sendable func answer(_ data: JSONValue) -> BackendAnswer {
            var answer = BackendAnswer(data: data.encoded())
            answer.isBare = isBare
            return answer
        }
        return [
            CorePath(
                "\(root)/init",
                [
                    .read: .immediate { call throws(BackendFailure) in
                        answer(try status(call, showsNonce: call.callerHasSudo))
                    },
                    .update: .immediate { call throws(BackendFailure) in
                        try start(call)
                        return answer(try status(call, showsNonce: true))
                    },
                    .delete: .immediate { call throws(BackendFailure) in
                        try call.core.cancelRekey(
                            call.server.ceremonies, nonce: call.nonceUnlessEntitled)
                        return BackendAnswer()
                    },
                ],
                fields: [
                    .integer("secret_shares", default: 0, "How many new shares to make."),
                    .integer("secret_threshold", default: 0, "How many of them unseal."),
                    .boolean(
                        "require_verification",
                        "Keep the old shares until enough new ones were handed in."),
                    .stringList("pgp_keys", "Not available."),
                    .boolean("backup", "Not available: it needs PGP keys."),
                    .integer("stored_shares", "Not available: there is no auto-unseal."),
                    .string("nonce", "For cancelling without a token: the operation's nonce."),
                ], help: "Start, watch or cancel a change of the unseal keys."),
            CorePath(
                "\(root)/update",
                [
                    .update: .suspending { call async throws(BackendFailure) in
                        let new = try await call.core.updateRekey(
                            call.server.ceremonies, share: call.fields.string("key"),
                            nonce: call.fields.string("nonce"))
                        if let new { return answer(json(new)) }
                        return answer(try status(call, showsNonce: true))
                    }
                ], fields: shareFields, help: "Hand in an old key share."),
            CorePath(
                "\(root)/verify",
                [
                    .read: .immediate { call throws(BackendFailure) in
                        answer(try verification(call, showsNonce: call.callerHasSudo))
                    },
                    .update: .suspending { call async throws(BackendFailure) in
                        let nonce = call.fields.string("nonce")
                        let isComplete = try await call.core.verifyRekey(
                            call.server.ceremonies, share: call.fields.string("key"), nonce: nonce)
                        return answer(
                            isComplete
                                ? ["nonce": .string(nonce ?? ""), "complete": true]
                                : try verification(call, showsNonce: true))
                    },
                    .delete: .suspending { call async throws(BackendFailure) in
                        try await call.core.restartVerification(
                            call.server.ceremonies, nonce: call.nonceUnlessEntitled)
                        return answer(try verification(call, showsNonce: true))
                    },
                ], fields: shareFields, help: "Hand in a new key share, to show that it is kept."),
            CorePath(
                "\(root)/backup",
                [.read: .immediate(readBackup), .delete: .immediate(deleteBackup)],
                help: "Copies of PGP-encrypted shares; there are none."),
        ]
    }

    private static func start(_ call: CoreCall) throws(BackendFailure) {
        try PGP.refuse(call.fields, "pgp_keys")
        if call.fields.boolean("backup") ?? false {
            throw BackendFailure(
                .invalidRequest,
                "cannot request a backup of the new keys without providing PGP keys for encryption")
        }
        if (call.fields.integer("stored_shares") ?? 0) > 1 {
            throw BackendFailure(
                .invalidRequest, "stored shares are not available: there is no auto-unseal")
        }
        try call.core.startRekey(
            call.server.ceremonies, shares: call.fields.integer("secret_shares") ?? 0,
            threshold: call.fields.integer("secret_threshold") ?? 0,
            needsVerification: call.fields.boolean("require_verification") ?? false)
    }

    private static func status(
        _ call: CoreCall, showsNonce: Bool
    ) throws(BackendFailure) -> JSONValue {
        let rekey = call.server.ceremonies.state.withLock { $0.rekey }
        var status = JSONObject([
            ("nonce", .string(showsNonce ? rekey?.nonce.text ?? "" : "")),
            ("started", .bool(rekey != nil)),
            ("t", .int(rekey?.configuration.threshold ?? 0)),
            ("n", .int(rekey?.configuration.shares ?? 0)),
            ("progress", .int(rekey?.shares.count ?? 0)),
            ("required", .int(try call.core.requireSealConfiguration().threshold)),
            ("pgp_fingerprints", .null),
            ("backup", false),
            ("verification_required", .bool(rekey?.needsVerification ?? false)),
        ])
        if showsNonce, let verification = rekey?.verification {
            status["verification_nonce"] = .string(verification.nonce.text)
        }
        return .object(status)
    }

    private static func json(_ new: NewShares) -> JSONValue {
        func texts(_ encode: (UnsafeRawBufferPointer) -> String) -> JSONValue {
            .array(new.shares.map { share in .string(share.withUnsafeBytes { encode($0) }) })
        }
        var data = JSONObject([
            ("complete", true),
            ("nonce", .string(new.nonce)),
            ("keys", texts { Hex.encode($0) }),
            ("keys_base64", texts { Base64.encode($0) }),
            ("pgp_fingerprints", .null),
            ("backup", false),
            ("verification_required", .bool(new.verificationNonce != nil)),
        ])
        if let nonce = new.verificationNonce { data["verification_nonce"] = .string(nonce) }
        return .object(data)
    }

    private static func verification(
        _ call: CoreCall, showsNonce: Bool
    ) throws(BackendFailure) -> JSONValue {
        guard let rekey = call.server.ceremonies.state.withLock({ $0.rekey }) else {
            throw BackendFailure(.invalidRequest, "no rekey configuration found")
        }
        let verification = rekey.verification
        return [
            "nonce": .string(showsNonce ? verification?.nonce.text ?? "" : ""),
            "started": .bool(verification != nil),
            "t": .int(rekey.configuration.threshold),
            "n": .int(rekey.configuration.shares),
            "progress": .int(verification?.shares.count ?? 0),
        ]
    }

    private static func readBackup(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        throw BackendFailure(.invalidRequest, "no backed-up keys found")
    }

    private static func deleteBackup(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        BackendAnswer()
    }

    private static func rotateRoot(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        try await call.core.rotateRootKey(call.server.ceremonies)
        return BackendAnswer()
    }

    private static func recovery(_ pattern: String) -> CorePath {
        let refusal: @Sendable (CoreCall) throws(BackendFailure) -> BackendAnswer = {
            _ throws(BackendFailure) in
            throw BackendFailure(.invalidRequest, "recovery rekeying not supported")
        }
        return CorePath(
            pattern,
            [
                .read: .immediate(refusal), .update: .immediate(refusal),
                .delete: .immediate(refusal),
            ], help: "Recovery keys, which a server sealed by key shares does not have.")
    }
}
