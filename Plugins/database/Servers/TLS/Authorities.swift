// Whom the engine trusts to say who a server is.

import Certificates
import Paths
import PluginSDK

enum Authorities {
    /// What Debian trusts.
    static let systemFile = "/etc/ssl/certs/ca-certificates.crt"

    /// Certificates in PEM; empty for those of the system.
    static func read(_ settings: FieldValues, _ field: String) throws(PluginError) -> String {
        let text = settings.string(field) ?? ""
        guard text.utf8.count <= CertificatePipe.maxBytes else {
            throw PluginError(
                .invalidRequest, "\(field) is longer than \(CertificatePipe.maxBytes) bytes")
        }
        if text.isEmpty { return text }
        do throws(CertificateError) { _ = try Certificate.readAll(pem: text) } catch {
            throw PluginError(.invalidRequest, "\(field): \(error.message)")
        }
        return text
    }
}
