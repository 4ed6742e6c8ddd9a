// The few ways in which OpenSSL's objects come out of bytes and go into them.

internal import COpenSSL

enum Library {
    typealias Place = UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?

    /// What an `i2d` function writes.
    static func encode(_ write: (Place) -> Int32) throws(CertificateError) -> [UInt8] {
        let size = Int(write(nil))
        guard size > 0 else { throw CertificateError.library }
        var bytes = [UInt8](repeating: 0, count: size)
        let written = bytes.withUnsafeMutableBufferPointer { buffer in
            var place = buffer.baseAddress
            return Int(write(&place))
        }
        guard written == size else { throw CertificateError.library }
        return bytes
    }

    /// What a `d2i` function reads, if it reads all of the bytes; `free` lets go of it otherwise.
    static func decode(
        _ bytes: [UInt8], _ read: (inout UnsafePointer<UInt8>?, Int) -> OpaquePointer?,
        free: (OpaquePointer) -> Void
    ) -> OpaquePointer? {
        let object = bytes.withUnsafeBufferPointer { buffer -> OpaquePointer? in
            var place = buffer.baseAddress
            guard let object = read(&place, buffer.count) else { return nil }
            guard let start = buffer.baseAddress, place == start + buffer.count else {
                free(object)
                return nil
            }
            return object
        }
        if object == nil { ERR_clear_error() }
        return object
    }

    static func bytes(_ string: UnsafePointer<ASN1_STRING>?) -> [UInt8] {
        guard let string, let data = ASN1_STRING_get0_data(string) else { return [] }
        return Array(UnsafeBufferPointer(start: data, count: Int(ASN1_STRING_length(string))))
    }

    static func oid(_ object: OpaquePointer?) -> ObjectIdentifier? {
        guard let object, let data = OBJ_get0_data(object) else { return nil }
        return ObjectIdentifier(
            content: Array(UnsafeBufferPointer(start: data, count: OBJ_length(object))))
    }

    /// Copies a `STACK_OF(X509_EXTENSION)`.
    static func extensions(_ stack: OpaquePointer?) -> [CertificateExtension] {
        guard let stack else { return [] }
        var extensions: [CertificateExtension] = []
        for index in 0..<max(OPENSSL_sk_num(stack), 0) {
            guard let element = OPENSSL_sk_value(stack, index) else { continue }
            let pointer = OpaquePointer(element)
            guard let oid = oid(X509_EXTENSION_get_object(pointer)) else { continue }
            extensions.append(
                CertificateExtension(
                    oid, critical: X509_EXTENSION_get_critical(pointer) == 1,
                    bytes(X509_EXTENSION_get_data(pointer))))
        }
        return extensions
    }

    /// Makes one of OpenSSL's extensions and hands it to `add`, which copies it.
    static func add(
        _ value: CertificateExtension, _ add: (OpaquePointer) -> Bool
    ) throws(CertificateError) {
        guard let object = object(value.oid), let data = ASN1_OCTET_STRING_new() else {
            throw CertificateError.library
        }
        defer {
            ASN1_OBJECT_free(object)
            ASN1_OCTET_STRING_free(data)
        }
        guard let size = Int32(exactly: value.value.count),
            ASN1_OCTET_STRING_set(data, value.value, size) == 1,
            let pointer = X509_EXTENSION_create_by_OBJ(
                nil, object, value.isCritical ? 1 : 0, data)
        else { throw CertificateError.library }
        defer { X509_EXTENSION_free(pointer) }
        guard add(pointer) else { throw CertificateError.library }
    }

    static func object(_ oid: ObjectIdentifier) -> OpaquePointer? {
        var writer = DERWriter()
        writer.oid(oid)
        return decode(writer.bytes, { d2i_ASN1_OBJECT(nil, &$0, $1) }, free: ASN1_OBJECT_free)
    }

    static func name(_ der: [UInt8]) throws(CertificateError) -> OpaquePointer {
        guard let name = decode(der, { d2i_X509_NAME(nil, &$0, $1) }, free: X509_NAME_free) else {
            throw CertificateError.malformed("name")
        }
        return name
    }

    static func withInteger(
        _ bytes: [UInt8], _ body: (UnsafeMutablePointer<ASN1_INTEGER>) -> Bool
    ) throws(CertificateError) {
        guard let size = Int32(exactly: bytes.count), let number = BN_bin2bn(bytes, size, nil)
        else { throw CertificateError.library }
        defer { BN_free(number) }
        guard let integer = BN_to_ASN1_INTEGER(number, nil) else { throw CertificateError.library }
        defer { ASN1_INTEGER_free(integer) }
        guard body(integer) else { throw CertificateError.library }
    }

    /// The digits of a number, without a sign.
    static func digits(_ integer: UnsafePointer<ASN1_INTEGER>?) -> [UInt8] { bytes(integer) }
}
