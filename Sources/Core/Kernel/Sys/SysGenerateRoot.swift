// `sys/generate-root` and `sys/generate-root-token`: a new root token from key shares. The first
// answers without an envelope and is what a listener may open to clients without a token.

internal import JSON
internal import Paths

enum SysGenerateRoot {
    static let paths =
        attempt("generate-root", isBare: true) + attempt("generate-root-token", isBare: false)
        + [
            CorePath(
                "generate-recovery-token/:rest*",
                [
                    .read: .immediate(refuseRecovery), .update: .immediate(refuseRecovery),
                    .delete: .immediate(refuseRecovery),
                ], help: "Recovery tokens, which a server sealed by key shares does not have.")
        ]

    /// With the listener's permission a token is not needed; else sudo is.
    static let opened = OpenedPaths(
        permission: .rootGeneration, paths: ["generate-root/attempt", "generate-root/update"])
    static let sudo = ["generate-root/*", "generate-root-token/*", "generate-recovery-token/*"]

    private static func attempt(_ root: String, isBare: Bool) -> [CorePath] {
        @Sendable func answer(
            _ call: CoreCall, _ status: RootGenerationStatus, showsNonce: Bool
        ) -> BackendAnswer {
            var answer = BackendAnswer(data: json(status, showsNonce: showsNonce).encoded())
            answer.isBare = isBare
            return answer
        }
        return [
            CorePath(
                "\(root)/attempt",
                [
                    .read: .immediate { call throws(BackendFailure) in
                        let status = try call.core.rootGenerationStatus(call.server.ceremonies)
                        return answer(call, status, showsNonce: call.callerHasSudo)
                    },
                    .update: .immediate { call throws(BackendFailure) in
                        try PGP.refuse(call.fields, "pgp_key")
                        let status = try call.core.startRootGeneration(
                            call.server.ceremonies, pad: call.fields.string("otp") ?? "")
                        return answer(call, status, showsNonce: true)
                    },
                    .delete: .immediate { call throws(BackendFailure) in
                        try call.core.cancelRootGeneration(
                            call.server.ceremonies, nonce: call.nonceUnlessEntitled)
                        return BackendAnswer()
                    },
                ],
                fields: [
                    .string("otp", "Pad for the token; the server makes one if there is none."),
                    .string("pgp_key", "Not available."),
                    .string("nonce", "For cancelling without a token: the attempt's nonce."),
                ], help: "Start, watch or cancel the generation of a root token."),
            CorePath(
                "\(root)/update",
                [
                    .update: .suspending { call async throws(BackendFailure) in
                        let status = try await call.core.updateRootGeneration(
                            call.server.ceremonies, tokens: call.state.tokens,
                            share: call.fields.string("key"), nonce: call.fields.string("nonce"))
                        return answer(call, status, showsNonce: true)
                    }
                ],
                fields: [
                    .string("key", "One key share, in hex or base64."),
                    .string("nonce", "The attempt's nonce."),
                ], help: "Hand in a key share."),
        ]
    }

    private static func json(_ status: RootGenerationStatus, showsNonce: Bool) -> JSONValue {
        [
            "nonce": .string(showsNonce ? status.nonce : ""),
            "started": .bool(status.isStarted),
            "progress": .int(status.progress),
            "required": .int(status.required),
            "complete": .bool(status.isComplete),
            "encoded_token": .string(status.encodedToken),
            "encoded_root_token": .string(status.encodedToken),
            "pgp_fingerprint": "",
            "otp": .string(status.pad),
            "otp_length": .int(RootGeneration.padCharacters),
        ]
    }

    private static func refuseRecovery(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        throw BackendFailure(
            .invalidRequest, "recovery tokens are not available: there is no auto-unseal")
    }
}

extension CoreCall {
    /// The nonce that has to match, or `nil` for a caller whose rights are enough without it.
    /// Strangers must not be able to end what others have begun.
    var nonceUnlessEntitled: String? { callerHasSudo ? nil : fields.string("nonce") ?? "" }
}

/// Encryption of shares and tokens to people's keys is not built.
enum PGP {
    static func refuse(_ fields: FieldValues, _ name: String) throws(BackendFailure) {
        guard fields.isPresent(name), let value = fields.value(name), value != .string(""),
            value != .array([])
        else { return }
        throw BackendFailure(
            .invalidRequest,
            "\"\(name)\" is not available: keys cannot be encrypted with PGP yet")
    }
}
