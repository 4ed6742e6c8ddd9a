// How certificates and keys are answered: `format` and `private_key_format`.

import Certificates
import Cryptography
import JSON
import Paths
import PluginSDK

struct OutputForm: Sendable {
    enum Format: String, Sendable {
        case pem, der
        case bundle = "pem_bundle"
    }

    var format = Format.pem
    var isPKCS8 = false
    var removesRoots = false

    static let fields: [Field] = [
        .string("format", default: "pem", "pem, der or pem_bundle."),
        .string(
            "private_key_format", default: "der", "der for the key's own form, or pkcs8."),
        .boolean(
            "remove_roots_from_chain", default: false,
            "Whether ca_chain is without certificates that are signed by themselves."),
    ]

    init() {}

    init(_ fields: FieldValues) throws(PluginError) {
        guard let format = Format(rawValue: fields.string("format") ?? "pem") else {
            throw PluginError(
                .invalidRequest,
                #"the "format" path parameter must be "pem", "der", or "pem_bundle""#)
        }
        self.format = format
        switch fields.string("private_key_format") ?? "der" {
        case "", "der", "pem": isPKCS8 = false
        case "pkcs8": isPKCS8 = true
        default:
            throw PluginError(
                .invalidRequest, #"the "private_key_format" must be "der" or "pkcs8""#)
        }
        removesRoots = fields.boolean("remove_roots_from_chain") ?? false
    }

    func certificate(_ der: [UInt8]) -> String {
        format == .der ? Base64.encode(der) : PEM.text("CERTIFICATE", der)
    }

    func request(_ der: [UInt8]) -> String {
        format == .der ? Base64.encode(der) : PEM.text("CERTIFICATE REQUEST", der)
    }

    func chain(_ context: IssuerContext) -> [String] {
        var texts: [String] = []
        for (place, der) in context.chain.enumerated()
        where !(removesRoots && context.areRoots[place]) {
            texts.append(format == .der ? Base64.encode(der) : context.chainPEM[place])
        }
        return texts
    }

    func privateKey(_ key: PrivateKey) throws(PluginError) -> String {
        do throws(CertificateError) {
            let (label, secret) = try key.encoded(isPKCS8: isPKCS8)
            return secret.withUnsafeBytes { bytes in
                format == .der ? Base64.encode(bytes) : PEM.text(label, bytes)
            }
        } catch { throw PluginError(error) }
    }

    /// A certificate with its issuers and, if it was made here, its key.
    func write(
        _ der: [UInt8], _ context: IssuerContext, key: PrivateKey?, to writer: inout JSONWriter
    ) throws(PluginError) {
        let chain = chain(context)
        let own = certificate(der)
        let keyText = try key.map { (key) throws(PluginError) in try privateKey(key) }
        if format == .bundle {
            let parts = [keyText, own].compactMap { $0 } + chain
            writer.member("certificate", parts.joined(separator: "\n"))
        } else {
            writer.member("certificate", own)
        }
        writer.member(
            "issuing_ca", format == .der ? Base64.encode(context.der) : context.pem)
        writer.member("ca_chain", chain)
        if let keyText, let key {
            writer.member("private_key", keyText)
            writer.member("private_key_type", key.kind.typeName)
        }
    }
}
