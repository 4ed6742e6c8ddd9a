// `coffer operator generate-root`: a new root token from unseal keys.

import Cryptography
import JSON

extension Flag {
    fileprivate static let start = Flag(
        "init", .boolean, "Start a root token generation, if none is in progress.")
    fileprivate static let cancel = Flag(
        "cancel", .boolean, "Forget the attempt and the unseal keys given so far.")
    fileprivate static let status = Flag(
        "status", .boolean, "Show the attempt without giving an unseal key.")
    fileprivate static let decode = Flag(
        "decode", .string,
        "Decode this encoded token, with -otp; \"-\" reads it from standard input.",
        placeholder: "token")
    fileprivate static let generateOTP = Flag(
        "generate-otp", .boolean, "Print a one-time password that -init takes.")
    fileprivate static let otp = Flag("otp", .string, "One-time password for -init and -decode.")
}

extension Command {
    static let operatorGenerateRoot = Command(
        "operator generate-root", "Generates a new root token", usage: "[options] [KEY]",
        about: """
            Makes a root token for those who hold enough unseal keys. Somebody starts the attempt \
            with -init and keeps the one-time password; then as many people as the threshold says \
            give their key and the attempt's nonce. The last one is shown the token, encoded; \
            -decode makes it readable with the password.

            Without KEY it asks for the key and does not show it. "-" reads the key from standard \
            input. It needs a token with sudo on sys/generate-root/*, or a listener that is open \
            for clients without one; those have to be told the nonce.
            """,
        examples: [
            Example("Start:", "coffer operator generate-root -init"),
            Example("Give an unseal key:", "coffer operator generate-root -nonce=..."),
            Example(
                "Decode the token:",
                "coffer operator generate-root -decode=... -otp=..."),
        ],
        flags: [.start, .cancel, .status, .decode, .generateOTP, .otp, .ceremonyNonce],
        takes: .optional
    ) { call in
        if call.flags.isGiven(.decode) { return try call.decodeRootToken() }
        let client = try call.client()
        if call.flags.bool(.generateOTP) { return try await call.generateOTP(client) }
        if call.flags.bool(.cancel) { return try await call.cancelRootGeneration(client) }
        if call.flags.bool(.start) { return try await call.startRootGeneration(client) }
        if call.flags.bool(.status) {
            let status = try await call.rootGenerationStatus(client)
            try call.show(status)
            return .success
        }
        return try await call.giveKeyForRoot(client)
    }
}

extension Invocation {
    private static var path: String { "sys/generate-root/attempt" }

    fileprivate func rootGenerationStatus(_ client: APIClient) async throws -> JSONObject {
        try await during("Error getting root generation status") {
            try await client.object(.get(Self.path))
        }
    }

    /// As long as the server's tokens are.
    fileprivate func generateOTP(_ client: APIClient) async throws -> ExitCode {
        let status = try await rootGenerationStatus(client)
        guard let length = status["otp_length"]?.intValue, (1...1024).contains(length) else {
            throw CommandError.server("the server does not say how long the OTP has to be")
        }
        let otp = Base62.random(length)
        if output.isTable {
            console.printLine(otp)
        } else {
            try output.value(["otp": .string(otp), "otp_length": .int(length)])
        }
        return .success
    }

    fileprivate func startRootGeneration(_ client: APIClient) async throws -> ExitCode {
        let otp = flags.string(.otp) ?? ""
        let body: JSONValue = otp.isEmpty ? [:] : ["otp": .string(otp)]
        let status = try await during("Error initializing root generation") {
            try await client.object(.put(Self.path, body))
        }
        if output.isTable, status["otp"]?.stringValue?.isEmpty == false {
            console.printLine(
                TextWrap.fill(
                    """
                    A One-Time-Password has been generated for you and is shown in the OTP field. \
                    You will need this value to decode the resulting root token, so keep it safe.
                    """))
        }
        try show(status)
        return .success
    }

    fileprivate func cancelRootGeneration(_ client: APIClient) async throws -> ExitCode {
        _ = try await during("Error canceling root token generation") {
            try await client.send(.delete(Self.path, query: nonceQuery))
        }
        output.success("Success! Root token generation canceled (if it was started)")
        return .success
    }

    fileprivate func giveKeyForRoot(_ client: APIClient) async throws -> ExitCode {
        let status = try await rootGenerationStatus(client)
        guard status["started"]?.boolValue == true else {
            throw CommandError.client(
                TextWrap.fill(
                    """
                    No root generation is in progress. Start a root generation by running \
                    "coffer operator generate-root -init".
                    """))
        }
        let (key, nonce) = try shareAndNonce(status["nonce"]?.stringValue ?? "")
        let answer = try await during("Error posting unseal key") {
            try await client.object(
                .put(
                    "sys/generate-root/update", ["key": .string(key), "nonce": .string(nonce)]))
        }
        try show(answer)
        return .success
    }

    fileprivate func decodeRootToken() throws -> ExitCode {
        guard let otp = flags.string(.otp), !otp.isEmpty else {
            throw CommandError.client("Missing one-time password: specify it via the -otp flag")
        }
        var text = flags.string(.decode) ?? ""
        if text == "-" { text = String(decoding: try readStandardInput(), as: UTF8.self) }
        text = text.trimmed
        while text.utf8.count % 4 != 0 { text += "=" }
        guard let covered = Base64.decode(text), covered.count == otp.utf8.count else {
            throw CommandError.client(
                "Error decoding root token: it does not belong to this one-time password")
        }
        let token = String(
            decoding: zip(covered, otp.utf8).map { $0 ^ $1 }, as: UTF8.self)
        if output.isTable {
            console.printLine(Printable.text(token))
        } else {
            try output.value(["token": .string(token)])
        }
        return .success
    }

    fileprivate func show(_ status: JSONObject) throws {
        guard output.isTable else {
            try output.value(.object(status))
            return
        }
        func text(_ name: String) -> String { status[name].map(PlainValue.text) ?? "" }
        var lines = KeyLines()
        lines.append("Nonce", text("nonce"))
        lines.append("Started", text("started"))
        lines.append("Progress", text("progress") + "/" + text("required"))
        lines.append("Complete", text("complete"))
        for (name, member) in [
            ("PGP Fingerprint", "pgp_fingerprint"), ("Encoded Token", "encoded_token"),
            ("OTP", "otp"),
        ] where !text(member).isEmpty {
            lines.append(name, text(member))
        }
        if status["otp_length"]?.intValue ?? 0 > 0 {
            lines.append("OTP Length", text("otp_length"))
        }
        console.printLine(lines.text)
    }
}
