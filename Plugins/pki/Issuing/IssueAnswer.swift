// The end of issuing: what is stored, what the client gets, and the lease.

import Certificates
import Cryptography
import JSON
import PluginSDK

/// Stores the certificate if the role says so, and answers it.
func issued(
    _ signed: SignedCertificate, _ draft: Draft, key: PrivateKey?
) throws(PluginError) -> Outcome {
    var writer = JSONWriter(reservingCapacity: 8_192)
    writer.beginObject()
    try draft.request.form.write(signed.der, draft.issuer, key: key, to: &writer)
    writer.member("serial_number", signed.serial)
    writer.member("expiration", Int(signed.notAfter.seconds))
    writer.endObject()
    var answer = Answer(data: writer.bytes, warnings: signed.warnings)
    if draft.role.generatesLease {
        answer.lease = certificateLease(draft.mount).grant(
            keeping: ["serial": .string(signed.serial)],
            ttlSeconds: UInt64(clamping: signed.notAfter.seconds - draft.now.seconds))
        answer.lease?.renewable = false
    }
    guard draft.role.isStored else { return .answer(answer) }
    var batch = WriteBatch()
    batch.put(
        StorageKey.certificate(signed.serial),
        CertificateRecord.bytes(signed.der, expires: signed.notAfter))
    return .answer(answer, writing: batch)
}

/// The stored form of a certificate: layout 1 · expires i64 · DER. What OpenSSL takes to read a
/// certificate is too long where a million are looked at for their end.
enum CertificateRecord {
    static func bytes(_ der: [UInt8], expires: CertificateTime) -> [UInt8] {
        var writer = RecordWriter(layout: 1, capacity: 8 + der.count)
        writer.int64(expires.seconds)
        writer.raw(der[...])
        return writer.bytes
    }

    static func parts(
        _ record: [UInt8]
    ) throws(PluginError) -> (expires: CertificateTime, der: [UInt8]) {
        do throws(RecordError) {
            var reader = try RecordReader(record, layout: 1)
            let expires = CertificateTime(seconds: try reader.int64())
            return (expires, Array(reader.remainder()))
        } catch { throw error.failure(of: "certificate") }
    }

    static func read(_ record: [UInt8]) throws(PluginError) -> Certificate {
        let der = try parts(record).der
        do throws(CertificateError) { return try Certificate(der: der) } catch {
            throw RecordError.damaged.failure(of: "certificate")
        }
    }
}

/// The end of its lease revokes a certificate.
func certificateLease(_ mount: PKIMount) -> LeasedSecret {
    LeasedSecret("pki") { request in
        let kept = try? JSONValue(parsing: request.internalData)
        guard let serial = kept?["serial"]?.stringValue.flatMap(SerialNumber.normal) else {
            throw PluginError(.internalError, "could not find serial in internal secret data")
        }
        return revoke(serial, request, mount, isLease: true)
    }
}
