// `POST hash`: the digest of an input, without a key.

import Cryptography
import JSON
import Paths
import PluginSDK

let hashPaths = ["hash", "hash/:algorithm"].map { pattern in
    Path(
        pattern, .update,
        fields: [
            .string("algorithm", "sha2-224 to sha3-512; sha2-256 by default."),
            .string("input", "Base64 of what is hashed."),
            .string("format", default: "hex", "hex or base64."),
        ],
        help: "The digest of an input."
    ) { request in
        let fields = try request.fields()
        guard var text = fields.string("input") else {
            throw PluginError(.invalidRequest, "missing input")
        }
        guard let input = text.withUTF8({ decodeBase64(UnsafeRawBufferPointer($0)) }) else {
            throw PluginError(.invalidRequest, "unable to decode input as base64")
        }
        let digest = try Digest(hmacField: fields.string("algorithm") ?? "")
        let format = try ByteFormat(fields.string("format") ?? "hex")
        do {
            return .answer(.data(["sum": .string(format.text(try digest.hash(input)))]))
        } catch { throw PluginError.cryptographyFailed }
    }
}

/// How bytes are shown.
enum ByteFormat {
    case hex, base64

    init(_ name: String) throws(PluginError) {
        switch name {
        case "hex": self = .hex
        case "base64": self = .base64
        default:
            throw PluginError(
                .invalidRequest, "unsupported encoding format; must be \"hex\" or \"base64\"")
        }
    }

    func text(_ bytes: [UInt8]) -> String {
        self == .hex ? Hex.encode(bytes) : Base64.encode(bytes)
    }
}
