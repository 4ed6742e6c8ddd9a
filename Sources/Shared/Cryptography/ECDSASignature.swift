// The two forms of an ECDSA signature: OpenSSL's ASN.1 sequence, and r and s side by side.

import COpenSSL

enum ECDSASignature {
    /// r and s, each with leading zeros up to the field's size.
    static func raw(der: [UInt8], fieldByteCount: Int) throws(CryptoError) -> [UInt8] {
        let parsed = der.withUnsafeBufferPointer { bytes in
            var place = bytes.baseAddress
            return d2i_ECDSA_SIG(nil, &place, bytes.count)
        }
        guard let parsed else { throw EVPKey.libraryFailure }
        defer { ECDSA_SIG_free(parsed) }
        var raw = [UInt8](repeating: 0, count: 2 * fieldByteCount)
        let width = Int32(fieldByteCount)
        let isWritten = raw.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return false }
            return BN_bn2binpad(ECDSA_SIG_get0_r(parsed), base, width) == width
                && BN_bn2binpad(ECDSA_SIG_get0_s(parsed), base + fieldByteCount, width) == width
        }
        guard isWritten else { throw EVPKey.libraryFailure }
        return raw
    }

    /// The ASN.1 form; nil for a signature of the wrong size.
    static func der(raw: [UInt8], fieldByteCount: Int) -> [UInt8]? {
        guard raw.count == 2 * fieldByteCount, let signature = ECDSA_SIG_new() else { return nil }
        defer { ECDSA_SIG_free(signature) }
        let width = Int32(fieldByteCount)
        let isSet = raw.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return false }
            let (r, s) = (BN_bin2bn(base, width, nil), BN_bin2bn(base + fieldByteCount, width, nil))
            // Takes both numbers over if it succeeds.
            guard r != nil, s != nil, ECDSA_SIG_set0(signature, r, s) == 1 else {
                BN_free(r)
                BN_free(s)
                return false
            }
            return true
        }
        guard isSet else { return nil }
        let size = Int(i2d_ECDSA_SIG(signature, nil))
        guard size > 0 else { return nil }
        var der = [UInt8](repeating: 0, count: size)
        let written = der.withUnsafeMutableBufferPointer { buffer in
            var place = buffer.baseAddress
            return Int(i2d_ECDSA_SIG(signature, &place))
        }
        return written == size ? der : nil
    }
}
