// What is kept of a certificate that was revoked, twice: by its serial number, and by the name of
// an entry among its signer's, of which revocation lists are made.

import Certificates
import PluginSDK

/// layout 1 · revoked i64 · expires i64 · signer.
struct RevokedRecord: Sendable {
    let revoked: CertificateTime
    let expires: CertificateTime
    let signer: String

    init(revoked: CertificateTime, expires: CertificateTime, signer: String) {
        self.revoked = revoked
        self.expires = expires
        self.signer = signer
    }

    init(record: [UInt8]) throws(PluginError) {
        do throws(RecordError) {
            var reader = try RecordReader(record, layout: 1)
            revoked = CertificateTime(seconds: try reader.int64())
            expires = CertificateTime(seconds: try reader.int64())
            signer = try reader.text()
            try reader.end()
        } catch { throw error.failure(of: "revocation") }
    }

    var record: [UInt8] {
        var writer = RecordWriter(layout: 1, capacity: 64)
        writer.int64(revoked.seconds)
        writer.int64(expires.seconds)
        writer.text(signer)
        return writer.bytes
    }

    /// The writes that make it so. The signer's mark is put without having been read: revocations
    /// do not wait for each other.
    func write(serial: String, _ mark: [UInt8], to batch: inout WriteBatch) {
        batch.put(StorageKey.revoked(serial), record)
        batch.put(StorageKey.revokedNames(signer) + name(serial: serial), [1])
        batch.put(StorageKey.revocations(signer), mark)
    }

    func delete(serial: String, from batch: inout WriteBatch) {
        batch.delete(StorageKey.revoked(serial))
        batch.delete(StorageKey.revokedNames(signer) + name(serial: serial))
    }

    /// `<serial>.<revoked>`, which is all that a list says.
    private func name(serial: String) -> String { "\(serial).\(revoked.seconds)" }

    static func entry(named name: String) -> RevocationList.Entry? {
        let parts = name.split(separator: ".")
        guard parts.count == 2, let serial = SerialNumber.bytes(String(parts[0])),
            let seconds = Int64(parts[1])
        else { return nil }
        return RevocationList.Entry(serial: serial, revoked: CertificateTime(seconds: seconds))
    }

}
