// The members of a request's object, or of one item of a batch, as places in the request's bytes:
// what there is to encrypt is decoded from where it lies, and no tree is made of a thousand items.

import Cryptography
import Glibc
import JSON
import PluginSDK

/// The members that mean something to operations with a key.
enum Member: Int, CaseIterable {
    case plaintext, ciphertext, context, nonce, keyVersion, associatedData, reference, input, hmac
    case signature, batchInput, partialFailureResponseCode, algorithm, hashAlgorithm, prehashed
    case signatureAlgorithm, marshalingAlgorithm, saltLength, bits, format, paddingScheme
    case signatureContext

    var name: StaticString {
        switch self {
        case .plaintext: "plaintext"
        case .ciphertext: "ciphertext"
        case .context: "context"
        case .nonce: "nonce"
        case .keyVersion: "key_version"
        case .associatedData: "associated_data"
        case .reference: "reference"
        case .input: "input"
        case .hmac: "hmac"
        case .signature: "signature"
        case .batchInput: "batch_input"
        case .partialFailureResponseCode: "partial_failure_response_code"
        case .algorithm: "algorithm"
        case .hashAlgorithm: "hash_algorithm"
        case .prehashed: "prehashed"
        case .signatureAlgorithm: "signature_algorithm"
        case .marshalingAlgorithm: "marshaling_algorithm"
        case .saltLength: "salt_length"
        case .bits: "bits"
        case .format: "format"
        case .paddingScheme: "padding_scheme"
        case .signatureContext: "signature_context"
        }
    }

    private static let names = allCases.map(\.name)

    static func named(_ key: UnsafeRawBufferPointer) -> Member? {
        for (index, name) in names.enumerated() where name.utf8CodeUnitCount == key.count {
            let text = UnsafeRawBufferPointer(start: name.utf8Start, count: key.count)
            if text.elementsEqual(key) { return Member(rawValue: index) }
        }
        return nil
    }
}

struct Members {
    /// The object's own bytes.
    private let bytes: UnsafeRawBufferPointer
    private var places = InlineArray<22, (start: Int32, end: Int32)>(repeating: (0, 0))

    /// `object` has been validated.
    init(_ object: UnsafeRawBufferPointer) {
        bytes = object
        JSONScanner.forEachMember(in: object) { key, value in
            var member = Member.named(UnsafeRawBufferPointer(rebasing: object[key]))
            if member == nil, object[key].contains(UInt8(ascii: "\\")) {
                var name = JSONScanner.string(inside: key, of: object)
                member = name.withUTF8 { Member.named(UnsafeRawBufferPointer($0)) }
            }
            guard let member, !object[value].elementsEqual("null".utf8) else { return }
            places[member.rawValue] = (
                Int32(clamping: value.lowerBound), Int32(clamping: value.upperBound)
            )
        }
    }

    /// The value as it stands in the request, nil if it is not there or `null`.
    func raw(_ member: Member) -> UnsafeRawBufferPointer? {
        let place = places[member.rawValue]
        guard place.end > place.start else { return nil }
        return UnsafeRawBufferPointer(rebasing: bytes[Int(place.start)..<Int(place.end)])
    }

    func has(_ member: Member) -> Bool { raw(member) != nil }

    /// The bytes of a text; `body` sees none of them if it is not there.
    func withText<Value>(
        _ member: Member, _ body: (UnsafeRawBufferPointer) throws -> Value
    ) throws -> Value? {
        guard let raw = raw(member) else { return nil }
        guard raw.count >= 2, raw.first == UInt8(ascii: "\"") else {
            throw PluginError.unconvertible(member, "expected a string")
        }
        let inside = UnsafeRawBufferPointer(rebasing: raw[1..<(raw.count - 1)])
        guard let start = inside.baseAddress,
            memchr(start, Int32(UInt8(ascii: "\\")), inside.count) != nil
        else { return try body(inside) }
        var text = JSONScanner.string(inside: 1..<(raw.count - 1), of: raw)
        return try text.withUTF8 { try body(UnsafeRawBufferPointer($0)) }
    }

    func text(_ member: Member) throws -> String? {
        try withText(member) { String(decoding: $0, as: UTF8.self) }
    }

    /// A number, or a text of one.
    func integer(_ member: Member) throws -> Int? {
        guard var digits = raw(member) else { return nil }
        if digits.count >= 2, digits.first == UInt8(ascii: "\"") {
            digits = UnsafeRawBufferPointer(rebasing: digits[1..<(digits.count - 1)])
            if digits.isEmpty { return nil }
        }
        guard let value = Int(String(decoding: digits, as: UTF8.self)) else {
            throw PluginError.unconvertible(member, "expected an integer")
        }
        return value
    }

    func boolean(_ member: Member) throws -> Bool? {
        guard let raw = raw(member) else { return nil }
        switch String(decoding: raw, as: UTF8.self) {
        case "true", "1", "\"true\"", "\"1\"", "\"True\"", "\"TRUE\"", "\"t\"": return true
        case "false", "0", "\"false\"", "\"0\"", "\"False\"", "\"FALSE\"", "\"f\"", "\"\"":
            return false
        default: throw PluginError.unconvertible(member, "expected a boolean")
        }
    }

    /// Base64, decoded into an array; nil if it is not there or empty. `message` is what is said of
    /// text that is none.
    func base64(_ member: Member, _ message: String) throws -> [UInt8]? {
        let decoded = try withText(member) { text in
            guard let bytes = decodeBase64(text) else {
                throw PluginError(.invalidRequest, message)
            }
            return bytes
        }
        return decoded.flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// What a client brings to be worked on. Line breaks are passed over, and so are bits after the
/// last byte, as Vault does; ciphertexts and signatures have one text only.
func decodeBase64(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
    if let bytes = Base64.decode(text) { return bytes }
    let lineBreaks: [UInt8] = [UInt8(ascii: "\n"), UInt8(ascii: "\r")]
    var digits = text.filter { !lineBreaks.contains($0) }
    defer { zero(&digits) }
    clearStrayBits(&digits)
    return digits.withUnsafeBytes { Base64.decode($0) }
}

/// The last digit before the padding becomes the one that stands for no more than its bytes' bits.
private func clearStrayBits(_ digits: inout [UInt8]) {
    let padding = digits.suffix(2).count { $0 == UInt8(ascii: "=") }
    guard padding > 0, digits.count >= 4 else { return }
    let last = digits.count - padding - 1
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    guard let value = alphabet.firstIndex(of: digits[last]) else { return }
    digits[last] = alphabet[value & (padding == 2 ? 0b110000 : 0b111100)]
}

extension PluginError {
    static func unconvertible(_ member: Member, _ problem: String) -> PluginError {
        PluginError(
            .invalidRequest, "error converting input for field \"\(member.name)\": \(problem)")
    }
}
