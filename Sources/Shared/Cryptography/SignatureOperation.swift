// One signature made or checked: the context with its key, digest and padding set.

import COpenSSL

final class SignatureOperation {
    let context: OpaquePointer

    private init(context: OpaquePointer) { self.context = context }

    convenience init(_ key: EVPKey, _ scheme: SignatureScheme, isSigning: Bool) throws(CryptoError)
    {
        guard scheme.suits(key.kind) else {
            throw CryptoError(
                .unsuitableKey, "the signature scheme is not one for this kind of key")
        }
        guard let context = EVP_MD_CTX_new() else { throw EVPKey.libraryFailure }
        self.init(context: context)
        let digest = scheme.hash?.fetched
        guard digest != nil || scheme.hash == nil else { throw EVPKey.libraryFailure }
        // Belongs to the context and is freed with it.
        var parameters: OpaquePointer?
        let status =
            isSigning
            ? EVP_DigestSignInit(context, &parameters, digest, nil, key.pointer)
            : EVP_DigestVerifyInit(context, &parameters, digest, nil, key.pointer)
        guard status == 1, Self.setPadding(scheme, parameters) else { throw EVPKey.libraryFailure }
    }

    deinit { EVP_MD_CTX_free(context) }

    private static func setPadding(
        _ scheme: SignatureScheme, _ parameters: OpaquePointer?
    ) -> Bool {
        switch scheme {
        case .rsaPKCS1:
            EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PADDING) == 1
        case .rsaPSS:
            EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1
                && EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1
        case .ecdsa, .ecdsaRaw, .ed25519: true
        }
    }
}
