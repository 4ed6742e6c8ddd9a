// The forms of keys on curves, put together here: OpenSSL 3.0 looks for an encoder each time, which
// takes ten times as long as making the key and the signature.

internal import COpenSSL
public import Cryptography

extension KeyKind {
    /// The curve's identifier as a number of OpenSSL's.
    fileprivate var curveNumber: Int32? {
        switch self {
        case .p224: NID_secp224r1
        case .p256: NID_X9_62_prime256v1
        case .p384: NID_secp384r1
        case .p521: NID_secp521r1
        case .rsa, .ed25519: nil
        }
    }

    fileprivate var scalarByteCount: Int {
        switch self {
        case .p224: 28
        case .p256: 32
        case .p384: 48
        case .p521: 66
        case .rsa, .ed25519: 0
        }
    }
}

extension PublicKey {
    /// The point, uncompressed.
    fileprivate func point() -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 160)
        var count = 0
        guard
            EVP_PKEY_get_octet_string_param(
                key.pointer, OSSL_PKEY_PARAM_PUB_KEY, &bytes, bytes.count, &count) == 1,
            count > 0, count <= bytes.count, bytes.first == 4
        else { return nil }
        return Array(bytes[..<count])
    }

    func put(into certificate: OpaquePointer) throws(CertificateError) {
        guard let curve = kind.curveNumber, let point = point(),
            point.count == 1 + 2 * kind.scalarByteCount
        else {
            ERR_clear_error()
            guard X509_set_pubkey(certificate, key.pointer) == 1 else {
                throw CertificateError.library
            }
            return
        }
        // OpenSSL takes the copy over, and frees it.
        guard let copy = CRYPTO_malloc(point.count, nil, 0) else { throw CertificateError.library }
        copy.copyMemory(from: point, byteCount: point.count)
        guard
            X509_PUBKEY_set0_param(
                X509_get_X509_PUBKEY(certificate), OBJ_nid2obj(NID_X9_62_id_ecPublicKey),
                V_ASN1_OBJECT, UnsafeMutableRawPointer(OBJ_nid2obj(curve)),
                copy.assumingMemoryBound(to: UInt8.self), Int32(point.count)) == 1
        else {
            CRYPTO_free(copy, nil, 0)
            throw CertificateError.library
        }
    }
}

extension PrivateKey {
    /// SEC 1 of a key on a curve (RFC 5915).
    public func sec1() throws(CertificateError) -> SecretBytes {
        guard let curve = kind.curveNumber, let point = publicPart.point(),
            let oid = Library.oid(OBJ_nid2obj(curve))
        else { throw CertificateError.library }
        var number: OpaquePointer?
        guard EVP_PKEY_get_bn_param(key.pointer, OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1,
            let number
        else { throw CertificateError.library }
        defer { BN_clear_free(number) }
        let size = kind.scalarByteCount
        // All that comes after the secret; what stands before it is a constant.
        var rest = DERWriter()
        rest.constructed(DERTag.context(0, constructed: true)) { $0.oid(oid) }
        rest.constructed(DERTag.context(1, constructed: true)) {
            $0.element(DERTag.bitString, [0] + point)
        }
        let content = 3 + 2 + size + rest.bytes.count
        let start = content < 0x80 ? [UInt8(content)] : [0x81, UInt8(clamping: content)]
        let head = [DERTag.sequence] + start + [2, 1, 1, DERTag.octetString, UInt8(size)]
        let total = head.count + size + rest.bytes.count
        var bytes = [UInt8](repeating: 0, count: total)
        bytes.replaceSubrange(0..<head.count, with: head)
        bytes.replaceSubrange((head.count + size)..<total, with: rest.bytes)
        let written = bytes.withUnsafeMutableBufferPointer { buffer in
            BN_bn2binpad(number, buffer.baseAddress.map { $0 + head.count }, Int32(size))
        }
        guard written == Int32(size), content <= 0xFF else {
            zero(&bytes)
            throw CertificateError.library
        }
        return SecretBytes(erasing: &bytes)
    }
}
