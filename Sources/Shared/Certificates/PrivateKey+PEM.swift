// Private keys and certificates as the text that people hand around.

public import Cryptography

extension PrivateKey {
    /// The key's DER and the label of its PEM: PKCS #8, or what its kind had before there was that.
    public func encoded(
        isPKCS8: Bool
    ) throws(CertificateError) -> (label: String, der: SecretBytes) {
        do throws(CryptoError) {
            switch kind {
            case .rsa where !isPKCS8: return ("RSA PRIVATE KEY", try traditionalDER())
            case .p224, .p256, .p384, .p521:
                if isPKCS8 { return ("PRIVATE KEY", try pkcs8()) }
            case .rsa, .ed25519: return ("PRIVATE KEY", try pkcs8())
            }
        } catch { throw CertificateError.library }
        return ("EC PRIVATE KEY", try sec1())
    }

    public func pem(isPKCS8: Bool) throws(CertificateError) -> String {
        let (label, der) = try encoded(isPKCS8: isPKCS8)
        return der.withUnsafeBytes { PEM.text(label, $0) }
    }

    /// One key in PEM, in any of the usual forms. A curve's parameters may stand beside it.
    public static func read(pem text: String) throws(CertificateError) -> PrivateKey {
        let labels = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"]
        let keys = (PEM.decode(text) ?? []).filter { $0.label != "EC PARAMETERS" }
        guard keys.count == 1, let key = keys.first, labels.contains(key.label) else {
            throw CertificateError(.malformed, "the text is not one unencrypted private key in PEM")
        }
        return try read(der: key.der)
    }
}

extension Certificate {
    /// All of a text that has nothing but certificates in it, and at least one.
    public static func readAll(pem text: String) throws(CertificateError) -> [Certificate] {
        guard let blocks = PEM.decode(text), blocks.allSatisfy({ $0.label == "CERTIFICATE" }) else {
            throw CertificateError(.malformed, "the text is not certificates in PEM")
        }
        var certificates: [Certificate] = []
        for block in blocks { certificates.append(try Certificate(der: block.der)) }
        return certificates
    }
}
