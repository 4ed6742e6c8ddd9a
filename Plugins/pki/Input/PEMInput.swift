// PEM from clients: bounded, and every block of a kind that is expected.

import Certificates
import Cryptography
import PluginSDK

enum PEMInput {
    /// One certificate request.
    static func request(_ text: String?) throws(PluginError) -> SigningRequest {
        guard let text, !text.isEmpty else {
            throw PluginError(.invalidRequest, #""csr" is empty"#)
        }
        guard text.utf8.count <= Limits.maxRequestBytes, let blocks = PEM.decode(text),
            blocks.count == 1, let block = blocks.first,
            block.label == "CERTIFICATE REQUEST" || block.label == "NEW CERTIFICATE REQUEST"
        else { throw PluginError(.invalidRequest, "csr contains no data or is no PEM") }
        do throws(CertificateError) { return try SigningRequest(der: block.der) } catch {
            throw PluginError(error)
        }
    }

    /// One certificate.
    static func certificate(_ text: String?) throws(PluginError) -> Certificate {
        guard let text, text.utf8.count <= Limits.maxPEMBytes, let blocks = PEM.decode(text),
            let block = blocks.first, blocks.count == 1, block.label == "CERTIFICATE"
        else { throw PluginError(.invalidRequest, "certificate could not be PEM-decoded") }
        do throws(CertificateError) { return try Certificate(der: block.der) } catch {
            throw PluginError(error)
        }
    }

    /// Certificates and private keys of a bundle.
    static func bundle(
        _ text: String?
    ) throws(PluginError) -> (certificates: [Certificate], keys: [PrivateKey]) {
        guard let text, !text.isEmpty else {
            throw PluginError(.invalidRequest, "'pem_bundle' parameter was empty")
        }
        guard text.utf8.count <= Limits.maxPEMBytes else {
            throw PluginError(
                .invalidRequest, "the PEM bundle is longer than \(Limits.maxPEMBytes) bytes")
        }
        // The header of OpenSSL's older form, which is no PEM of today.
        if text.contains("Proc-Type: 4,ENCRYPTED") { throw encrypted }
        guard let blocks = PEM.decode(text), blocks.count <= Limits.maxPEMBlocks else {
            throw PluginError(.invalidRequest, "no data found in PEM block")
        }
        var certificates: [Certificate] = []
        var keys: [PrivateKey] = []
        for block in blocks {
            switch block.label {
            case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE":
                do throws(CertificateError) {
                    certificates.append(try Certificate(der: block.der))
                } catch { throw PluginError(error) }
            case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY":
                keys.append(try privateKey(block.der))
            case "EC PARAMETERS", "X509 CRL": continue
            case "ENCRYPTED PRIVATE KEY": throw encrypted
            default:
                throw PluginError(
                    .invalidRequest,
                    "the bundle has a block that is neither a certificate nor a private key")
            }
        }
        return (certificates, keys)
    }

    private static let encrypted = PluginError(
        .invalidRequest,
        "the private key is encrypted: decrypt it first, as by `openssl pkey -in key.pem`")

    private static func privateKey(_ der: [UInt8]) throws(PluginError) -> PrivateKey {
        do throws(CertificateError) { return try PrivateKey.read(der: der) } catch {
            throw PluginError(error)
        }
    }

    static func privateKeyText(_ text: String?) throws(PluginError) -> PrivateKey {
        guard let keys = try bundle(text).keys.first else {
            throw PluginError(.invalidRequest, "no private key found in PEM block")
        }
        return keys
    }
}
