// `revoke`, `revoke-with-key`, `issuer/:issuer_ref/revoke` and `certs/revoked`.

import Certificates
import Cryptography
import JSON
import Paths
import PluginSDK

func revokePaths(_ mount: PKIMount) -> [Path] {
    let fields: [Field] = [
        .string("serial_number", default: "", "The certificate's number, with colons or hyphens."),
        .string("certificate", default: "", "The certificate in PEM, instead of its number."),
    ]
    return [
        Path(
            "revoke", .update, fields: fields, reads: [StorageKey.mark],
            help: "Revoke a certificate."
        ) { request in
            try revoke(try request.fields(), request, mount, key: nil)
        },
        Path(
            "revoke-with-key", .update,
            fields: fields + [
                .string("private_key", required: true, "The certificate's private key in PEM.")
            ],
            reads: [StorageKey.mark],
            help: "Revoke a certificate whose private key one has."
        ) { request in
            let fields = try request.fields()
            let key = try PEMInput.privateKeyText(fields.string("private_key"))
            return try revoke(fields, request, mount, key: key)
        },
        Path(
            "issuer/:issuer_ref/revoke", .update, fields: [issuerField],
            reads: [StorageKey.mark],
            help: "Revoke an issuer: it issues no more, and its own issuer lists it."
        ) { request in
            revokeIssuer(request, mount)
        },
        Path(
            "certs/revoked/?", .list, fields: NameListing.fields,
            help: "List the revoked certificates."
        ) { request in
            try NameListing.outcome(request, prefix: StorageKey.revokedPrefix)
        },
    ]
}

private func revoke(
    _ fields: FieldValues, _ request: Request, _ mount: PKIMount, key: PrivateKey?
) throws -> Outcome {
    let serial = fields.string("serial_number") ?? ""
    let text = fields.string("certificate") ?? ""
    switch (serial.isEmpty, text.isEmpty) {
    case (true, true):
        throw PluginError(
            .invalidRequest, "The serial number or certificate to revoke must be provided.")
    case (false, false):
        throw PluginError(
            .invalidRequest,
            "Must provide either the certificate or the serial to revoke; not both.")
    case (false, true):
        guard let serial = SerialNumber.normal(serial) else {
            throw PluginError(.invalidRequest, "the serial number must be hexadecimal")
        }
        return revoke(serial, request, mount, key: key)
    case (true, false):
        let certificate = try PEMInput.certificate(text)
        return try revoke(certificate, request, mount, isStored: false, key: key)
    }
}

private func revokeIssuer(_ request: Request, _ mount: PKIMount) -> Outcome {
    mount.change { authority, batch in
        var issuer = try authority.issuer(request.captures["issuer_ref"] ?? "")
        guard let index = authority.index(of: issuer) else { return .none }
        if issuer.revoked != nil { return .data(issuer.json(authority)) }
        let now = CertificateTime(request.now)
        issuer.revoked = now
        issuer.usage.remove(.issuing)
        authority.issuers[index] = issuer
        // A root cannot be on a list of its own making that anyone should believe.
        let parents = authority.issuers.filter { $0.signer != issuer.signer }
        if let parent = parents.first(where: {
            issuer.certificate.isSigned(by: $0.certificate)
        }) {
            let revoked = RevokedRecord(
                revoked: now, expires: issuer.certificate.notAfter, signer: parent.signer)
            revoked.write(
                serial: issuer.serial, SecureRandom.bytes(Authority.markBytes), to: &batch)
        }
        return .data(issuer.json(authority))
    }
}
