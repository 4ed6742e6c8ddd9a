// "vault:v3:…": what comes out of a key says which version it was.

import Cryptography
import PluginSDK

struct VersionedText {
    static let prefix: StaticString = "vault:v"

    let version: Int
    /// Behind the second colon, as it came.
    let payload: UnsafeRawBufferPointer

    /// `noun` is what the client gave: a ciphertext, a signature, an HMAC.
    init(_ text: UnsafeRawBufferPointer, noun: String) throws(PluginError) {
        let prefix = UnsafeRawBufferPointer(
            start: Self.prefix.utf8Start, count: Self.prefix.utf8CodeUnitCount)
        guard text.starts(with: prefix) else {
            throw PluginError(.invalidRequest, "invalid \(noun): no prefix")
        }
        var place = prefix.count
        var number = 0
        while place < text.count, text[place] != UInt8(ascii: ":") {
            let digit = text[place]
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit), number < 1_000_000
            else { throw Self.badVersion(noun) }
            number = number * 10 + Int(digit - UInt8(ascii: "0"))
            place += 1
        }
        guard place < text.count else {
            throw PluginError(.invalidRequest, "invalid \(noun): wrong number of fields")
        }
        guard place > prefix.count else { throw Self.badVersion(noun) }
        // Vault wrote version 0 for what is version 1 now.
        version = max(number, 1)
        payload = UnsafeRawBufferPointer(rebasing: text[(place + 1)...])
    }

    private static func badVersion(_ noun: String) -> PluginError {
        PluginError(
            .invalidRequest, "invalid \(noun): version number could not be decoded")
    }

    static func append(_ version: Int, to output: inout [UInt8]) {
        output.append(
            contentsOf: UnsafeBufferPointer(
                start: prefix.utf8Start, count: prefix.utf8CodeUnitCount))
        output.append(contentsOf: String(version).utf8)
        output.append(UInt8(ascii: ":"))
    }
}
