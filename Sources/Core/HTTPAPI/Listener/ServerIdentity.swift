// A certificate with its chain and key that are in memory only, and what people are told of one.

public import Clock
public import Cryptography
internal import NIOSSL

/// What a listener shows where it does not read files.
public struct ServerIdentity: Sendable, Equatable {
    let chain: [NIOSSLCertificate]
    let privateKey: NIOSSLPrivateKey
    public let facts: CertificateFacts

    /// - Parameters:
    ///   - chain: DER; the server's own certificate is the first.
    ///   - privateKey: DER. PEM would let whoever made it ask the terminal for a passphrase.
    public init(chain: [[UInt8]], privateKey: SecretBytes) throws(ListenerError) {
        do {
            self.chain = try chain.map { try NIOSSLCertificate(bytes: $0, format: .der) }
        } catch {
            throw ListenerError(.certificate, "the certificate or its chain cannot be read")
        }
        do {
            var bytes = privateKey.exposedBytes()
            defer { zero(&bytes) }
            self.privateKey = try NIOSSLPrivateKey(bytes: bytes, format: .der)
        } catch {
            throw ListenerError(.privateKey, "the private key cannot be read")
        }
        guard let first = self.chain.first, let facts = CertificateFacts(first) else {
            throw ListenerError(.certificate, "there is no certificate")
        }
        self.facts = facts
    }

    public static func == (left: Self, right: Self) -> Bool { left.facts == right.facts }
}

/// What logs and metrics say of a certificate.
public struct CertificateFacts: Sendable, Equatable {
    /// Hexadecimal, with colons.
    public let serial: String
    /// SHA-256 of the DER, hexadecimal with colons.
    public let fingerprint: String
    public let endsAt: Timestamp

    init?(_ certificate: NIOSSLCertificate) {
        guard let der = try? certificate.toDERBytes() else { return nil }
        serial = Self.text(certificate.serialNumber)
        fingerprint = Self.text(SHA256.hash(der))
        endsAt = Timestamp(seconds: Int64(certificate.notValidAfter))
    }

    private static func text(_ bytes: [UInt8]) -> String {
        bytes.map { Hex.encode([$0]) }.joined(separator: ":")
    }
}
