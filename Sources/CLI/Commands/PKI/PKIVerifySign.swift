// `coffer pki verify-sign`.

import JSON

extension Command {
    static let pkiVerifySign = Command(
        "pki verify-sign", "Tells whether one certificate signed another",
        usage: "[options] POSSIBLE-ISSUER POSSIBLE-ISSUED",
        about: """
            Compares two certificates that the server has. Each argument is a path to read, such \
            as pki/issuer/default, pki/issuer/web/json or pki/cert/SERIAL.

            subject_match: the issuer's name is the one that the issued certificate says. \
            path_match: the issuer is in the chain of the issued one. \
            trust_match: who trusts the issuer trusts the issued one, with its chain. \
            key_id_match: the identifiers of the keys fit. \
            signature_match: the issuer's key made the signature.

            The exit code is 0 also where nothing matches.
            """,
        examples: [
            Example(
                "Compare a root and an intermediate:",
                "coffer pki verify-sign pki_root/issuer/default pki_int/issuer/web")
        ],
        takes: .exactly(2)
    ) { call in
        let client = try call.steppingClient()
        let issuer = try await call.issuer(at: call.arguments[0], client)
        let issued = try await call.issuer(at: call.arguments[1], client)
        let match = SignatureMatch(issuer: issuer, issued: issued)
        guard call.output.isTable else {
            try call.output.value(
                .object(JSONObject(match.values.map { ($0.name, .bool($0.value)) })).sorted)
            return .success
        }
        call.console.printLine("issuer:\(issuer.path)\nissued:\(issued.path)\n")
        var table = Table("field", "value")
        for (name, value) in match.values { table.append(name, String(value)) }
        call.console.printLine(table.text)
        return .success
    }
}
