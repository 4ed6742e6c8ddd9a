// The end of a certificate before its time.

import Certificates
import Cryptography
import JSON
import PluginSDK

/// Revokes what is stored under a serial number. At the end of a lease there is nobody to complain
/// to: what is gone or over is revoked well enough.
func revoke(
    _ serial: String, _ request: Request, _ mount: PKIMount, isLease: Bool = false,
    key: PrivateKey? = nil
) -> Outcome {
    .read([StorageKey.certificate(serial)]) { entries in
        guard let record = entries[StorageKey.certificate(serial)] else {
            if isLease { return .answer(.none) }
            throw PluginError(
                .invalidRequest, "certificate with serial \(serial) not found.")
        }
        let certificate = try CertificateRecord.read(record)
        return try revoke(
            certificate, request, mount, isLease: isLease, isStored: true, key: key)
    }
}

/// Revokes a certificate, whether it is stored or not. `key` proves who asks.
func revoke(
    _ certificate: Certificate, _ request: Request, _ mount: PKIMount, isLease: Bool = false,
    isStored: Bool, key: PrivateKey? = nil
) throws -> Outcome {
    if let key, !certificate.hasKey(of: key) {
        throw PluginError(
            .invalidRequest, "the private key does not match the certificate's public key")
    }
    let serial = SerialNumber.text(certificate.serial)
    return mount.withAuthority { loaded in
        let authority = loaded.authority
        guard let signer = authority.signer(of: certificate)?.signer else {
            if isLease { return .answer(.none) }
            throw PluginError(
                .invalidRequest,
                "the certificate was not issued by any issuer of this mount, so it cannot be "
                    + "revoked here")
        }
        if authority.issuers.contains(where: { $0.certificate.der == certificate.der }) {
            throw PluginError(
                .invalidRequest,
                "the certificate is an issuer of this mount: revoke it by issuer/:issuer_ref/revoke"
            )
        }
        return .read([StorageKey.revoked(serial)]) { entries in
            if let record = entries[StorageKey.revoked(serial)] {
                return .answer(revocationAnswer(try RevokedRecord(record: record)))
            }
            let now = CertificateTime(request.now)
            if certificate.notAfter < now, !authority.lists.allowsExpired {
                return .answer(
                    Answer(
                        status: 200,
                        warnings: [
                            "certificate with serial \(serial) already expired; refusing to add "
                                + "to CRL"
                        ]))
            }
            let revoked = RevokedRecord(
                revoked: now, expires: certificate.notAfter, signer: signer)
            var batch = WriteBatch()
            revoked.write(serial: serial, SecureRandom.bytes(Authority.markBytes), to: &batch)
            if !isStored {
                batch.put(
                    StorageKey.certificate(serial),
                    CertificateRecord.bytes(
                        certificate.der, expires: certificate.notAfter))
            }
            return .answer(revocationAnswer(revoked), writing: batch)
        }
    }
}

func revocationAnswer(_ revoked: RevokedRecord) -> Answer {
    .data([
        "revocation_time": .int(revoked.revoked.seconds),
        "revocation_time_rfc3339": .string(revoked.revoked.rfc3339), "state": "revoked",
    ])
}
