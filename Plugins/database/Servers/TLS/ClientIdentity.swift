// The engine's own client certificate, which servers may ask for. Its key is in memory only.

import CClientTLS
import Certificates
import Cryptography
import PluginSDK

final class ClientIdentity: Sendable {
    /// Not changed after it was made, and OpenSSL counts references under locks of its own.
    nonisolated(unsafe) let pointer: OpaquePointer

    /// Two fields with the certificates and the key; `nil` where neither is given.
    static func read(
        certificate: (field: String, text: String), key: (field: String, text: String)
    ) throws(PluginError) -> ClientIdentity? {
        if certificate.text.isEmpty, key.text.isEmpty { return nil }
        guard !certificate.text.isEmpty, !key.text.isEmpty else {
            throw PluginError(
                .invalidRequest, "\(certificate.field) and \(key.field) go together")
        }
        return try ClientIdentity(certificate, key)
    }

    /// One field with all of it; `nil` where that is empty.
    static func read(both: (field: String, text: String)) throws(PluginError) -> ClientIdentity? {
        if both.text.isEmpty { return nil }
        let blocks = PEM.decode(both.text) ?? []
        func text(_ isWanted: (String) -> Bool) -> String {
            blocks.filter { isWanted($0.label) }.map { PEM.encode($0.label, $0.der) }.joined()
        }
        return try ClientIdentity(
            (both.field, text { $0 == "CERTIFICATE" }), (both.field, text { $0 != "CERTIFICATE" }))
    }

    private init(
        _ certificate: (field: String, text: String), _ key: (field: String, text: String)
    ) throws(PluginError) {
        for (field, text) in [certificate, key] where text.utf8.count > Limits.maxPEMBytes {
            throw PluginError(
                .invalidRequest, "\(field) is longer than \(Limits.maxPEMBytes) bytes")
        }
        let certificates: [Certificate]
        do throws(CertificateError) {
            certificates = try Certificate.readAll(pem: certificate.text)
        } catch { throw PluginError(.invalidRequest, "\(certificate.field): \(error.message)") }
        let privateKey: PrivateKey
        do throws(CertificateError) { privateKey = try PrivateKey.read(pem: key.text) } catch {
            throw PluginError(.invalidRequest, "\(key.field): \(error.message)")
        }
        guard certificates.first?.hasKey(of: privateKey) ?? false else {
            throw PluginError(
                .invalidRequest,
                "\(key.field): the key is not that of the first certificate in \(certificate.field)"
            )
        }
        let text = certificates.map { PEM.encode("CERTIFICATE", $0.der) }.joined()
        guard
            let pointer = coffer_tls_identity_new(text, text.utf8.count, privateKey.key.pointer)
        else { throw PluginError(.internalError, "the client certificate cannot be used") }
        self.pointer = pointer
    }

    deinit { coffer_tls_identity_free(pointer) }
}
