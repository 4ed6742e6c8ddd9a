// The numbers that RSA keys and keys on NIST curves are made of, as decimal text: how Go's JSON
// writes keys, and so how key backups carry them.

import COpenSSL

/// A private number is as secret as the key: these values are short-lived, and written to nothing
/// but a backup.
public struct RSANumbers: Sendable {
    public var modulus: String
    public var publicExponent: String
    public var privateExponent: String
    public var primes: [String]

    public init(
        modulus: String, publicExponent: String, privateExponent: String, primes: [String]
    ) {
        self.modulus = modulus
        self.publicExponent = publicExponent
        self.privateExponent = privateExponent
        self.primes = primes
    }
}

public struct CurveNumbers: Sendable {
    public var x: String
    public var y: String
    /// Nil of a public key.
    public var secret: String?

    public init(x: String, y: String, secret: String?) {
        self.x = x
        self.y = y
        self.secret = secret
    }
}

extension PrivateKey {
    public func rsaNumbers() throws(CryptoError) -> RSANumbers {
        RSANumbers(
            modulus: try key.decimal(OSSL_PKEY_PARAM_RSA_N),
            publicExponent: try key.decimal(OSSL_PKEY_PARAM_RSA_E),
            privateExponent: try key.decimal(OSSL_PKEY_PARAM_RSA_D),
            primes: [
                try key.decimal("rsa-factor1"),
                try key.decimal("rsa-factor2"),
            ])
    }

    public func curveNumbers() throws(CryptoError) -> CurveNumbers {
        CurveNumbers(
            x: try key.decimal(OSSL_PKEY_PARAM_EC_PUB_X),
            y: try key.decimal(OSSL_PKEY_PARAM_EC_PUB_Y),
            secret: try key.decimal(OSSL_PKEY_PARAM_PRIV_KEY))
    }

    /// An RSA key of two primes; the numbers must belong together.
    public convenience init(rsa numbers: RSANumbers) throws(CryptoError) {
        guard numbers.primes.count == 2 else { throw KeyParts.unusable }
        let parts = try KeyParts()
        try parts.add(.modulus, numbers.modulus)
        try parts.add(.publicExponent, numbers.publicExponent)
        try parts.add(.privateExponent, numbers.privateExponent)
        try parts.add(.firstPrime, numbers.primes[0])
        try parts.add(.secondPrime, numbers.primes[1])
        try parts.addChineseRemainders(numbers)
        self.init(try parts.checked("RSA"))
    }

    /// A key on a NIST curve; the point must be the secret's.
    public convenience init(_ kind: KeyKind, secret: String) throws(CryptoError) {
        guard let curve = kind.curve else { throw KeyParts.unusable }
        let parts = try KeyParts()
        try parts.addGroup(curve.openSSL)
        try parts.addSecret(secret, curve: curve.openSSL)
        self.init(try parts.checked("EC"))
    }
}

extension EVPKey {
    fileprivate func decimal(_ name: String) throws(CryptoError) -> String {
        var number: OpaquePointer?
        guard EVP_PKEY_get_bn_param(pointer, name, &number) == 1, let number else {
            throw Self.libraryFailure
        }
        defer { BN_clear_free(number) }
        guard let text = BN_bn2dec(number) else { throw Self.libraryFailure }
        defer { CRYPTO_clear_free(text, strlen(text), "KeyNumbers", 0) }
        return String(cString: text)
    }
}

/// The parts of a key on their way into the library.
private final class KeyParts {
    /// Digits of the largest number of an 8192 bit key.
    private static let maxDigits = 2_500

    private let builder: OpaquePointer
    private var numbers: [OpaquePointer] = []
    private var kept: [UnsafeMutableRawPointer] = []

    init() throws(CryptoError) {
        guard let builder = OSSL_PARAM_BLD_new() else { throw EVPKey.libraryFailure }
        self.builder = builder
    }

    deinit {
        OSSL_PARAM_BLD_free(builder)
        for number in numbers { BN_clear_free(number) }
        for bytes in kept { bytes.deallocate() }
    }

    static var unusable: CryptoError {
        ERR_clear_error()
        return CryptoError(.invalidKey, "the numbers make no key")
    }

    private func number(_ digits: String) throws(CryptoError) -> OpaquePointer {
        guard (1...Self.maxDigits).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { throw Self.unusable }
        var number: OpaquePointer?
        guard Int(BN_dec2bn(&number, digits)) == digits.utf8.count, let number else {
            throw Self.unusable
        }
        numbers.append(number)
        BN_set_flags(number, BN_FLG_CONSTTIME)
        return number
    }

    func add(_ name: ParameterName, _ digits: String) throws(CryptoError) {
        guard push(name, try number(digits)) else { throw EVPKey.libraryFailure }
    }

    private func push(_ name: ParameterName, _ number: OpaquePointer) -> Bool {
        OSSL_PARAM_BLD_push_BN(builder, name.cString, number) == 1
    }

    /// d mod p-1, d mod q-1 and 1/q mod p, without which the library would not use the primes.
    func addChineseRemainders(_ rsa: RSANumbers) throws(CryptoError) {
        guard let context = BN_CTX_secure_new() else { throw EVPKey.libraryFailure }
        defer { BN_CTX_free(context) }
        let (d, p, q) = (
            try number(rsa.privateExponent), try number(rsa.primes[0]), try number(rsa.primes[1])
        )
        let (less1, less2) = (try number(rsa.primes[0]), try number(rsa.primes[1]))
        let (first, second, inverse) = (try number("0"), try number("0"), try number("0"))
        guard BN_sub_word(less1, 1) == 1, BN_sub_word(less2, 1) == 1, BN_is_zero(less1) == 0,
            BN_is_zero(less2) == 0, BN_div(nil, first, d, less1, context) == 1,
            BN_div(nil, second, d, less2, context) == 1,
            BN_mod_inverse(inverse, q, p, context) != nil,
            push(.firstExponent, first),
            push(.secondExponent, second),
            push(.coefficient, inverse)
        else { throw Self.unusable }
    }

    func addGroup(_ name: String) throws(CryptoError) {
        let text = keep(Array(name.utf8) + [0]).assumingMemoryBound(to: CChar.self)
        guard
            OSSL_PARAM_BLD_push_utf8_string(builder, ParameterName.group.cString, text, 0) == 1
        else { throw EVPKey.libraryFailure }
    }

    /// The builder keeps pointers to texts and bytes: they lie where they are until it is gone.
    private func keep(_ bytes: [UInt8]) -> UnsafeMutableRawPointer {
        let copy = UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 1)
        UnsafeMutableRawBufferPointer(start: copy, count: bytes.count).copyBytes(from: bytes)
        kept.append(copy)
        return copy
    }

    /// The secret with its point, which is computed and not believed.
    func addSecret(_ digits: String, curve: String) throws(CryptoError) {
        let secret = try number(digits)
        guard let group = EC_GROUP_new_by_curve_name(OBJ_txt2nid(curve)) else {
            throw EVPKey.libraryFailure
        }
        defer { EC_GROUP_free(group) }
        guard let point = EC_POINT_new(group) else { throw EVPKey.libraryFailure }
        defer { EC_POINT_free(point) }
        guard BN_is_zero(secret) == 0, BN_cmp(secret, EC_GROUP_get0_order(group)) < 0,
            EC_POINT_mul(group, point, secret, nil, nil, nil) == 1
        else { throw Self.unusable }
        var encoded = [UInt8](repeating: 0, count: 133)
        let size = EC_POINT_point2oct(
            group, point, POINT_CONVERSION_UNCOMPRESSED, &encoded, encoded.count, nil)
        guard size > 0, size <= encoded.count else { throw EVPKey.libraryFailure }
        encoded.removeLast(encoded.count - size)
        guard push(.secret, secret),
            OSSL_PARAM_BLD_push_octet_string(
                builder, ParameterName.point.cString, keep(encoded), encoded.count) == 1
        else { throw EVPKey.libraryFailure }
    }

    /// The key, if its parts belong together.
    func checked(_ name: String) throws(CryptoError) -> EVPKey {
        guard let parameters = OSSL_PARAM_BLD_to_param(builder) else { throw Self.unusable }
        defer { OSSL_PARAM_free(parameters) }
        guard let context = EVP_PKEY_CTX_new_from_name(nil, name, nil) else {
            throw EVPKey.libraryFailure
        }
        defer { EVP_PKEY_CTX_free(context) }
        var made: OpaquePointer?
        guard EVP_PKEY_fromdata_init(context) == 1,
            EVP_PKEY_fromdata(context, &made, coffer_keypair_selection, parameters) == 1, let made
        else { throw Self.unusable }
        let key = try EVPKey(owning: made)
        guard let check = EVP_PKEY_CTX_new_from_pkey(nil, key.pointer, nil) else {
            throw EVPKey.libraryFailure
        }
        defer { EVP_PKEY_CTX_free(check) }
        guard EVP_PKEY_pairwise_check(check) == 1 else { throw Self.unusable }
        return key
    }
}
