// What `operator rekey` and `operator generate-root` have in common: a share and a nonce.

import JSON

extension Flag {
    static let ceremonyNonce = Flag(
        "nonce", .string,
        "Nonce given at the start. The same one comes with every unseal key, and with -cancel "
            + "where there is no token.")
}

extension Invocation {
    /// For requests that have no body.
    var nonceQuery: [(name: String, value: String)] {
        flags.string(.ceremonyNonce).map { [(name: "nonce", value: $0)] } ?? []
    }

    /// The unseal key and the nonce that it is for. With a prompt the nonce that the server shows
    /// is taken, and shown: whoever types a key can see what it is for.
    func shareAndNonce(_ shown: String) throws -> (key: String, nonce: String) {
        let given = flags.string(.ceremonyNonce) ?? ""
        if let key = try secretArgument(0) {
            guard !given.isEmpty else {
                throw CommandError.client(
                    "Missing nonce value: specify it via the -nonce flag")
            }
            return (key, given)
        }
        let nonce = given.isEmpty ? shown : given
        guard !nonce.isEmpty else {
            throw CommandError.client("Missing nonce value: specify it via the -nonce flag")
        }
        console.printError("Operation nonce: \(nonce)")
        let key = try ask(
            "Unseal Key (will be hidden): ",
            insteadOf: "give \"-\" as the argument to read the key from standard input."
        ).trimmed
        return (key, nonce)
    }
}
