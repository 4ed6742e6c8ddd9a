// `sys/tools/random` and `sys/tools/hash`: random bytes and digests for scripts.

internal import Cryptography
internal import JSON
internal import Paths

enum SysTools {
    static let paths = [
        CorePath(
            "tools/random", [.update: .immediate(random)], fields: randomFields,
            help: "Generate random bytes."),
        CorePath(
            "tools/random/:urlbytes", [.update: .immediate(random)], fields: randomFields,
            help: "Generate random bytes; the path says how many, or from which source."),
        CorePath(
            "tools/random/:source/:urlbytes", [.update: .immediate(random)], fields: randomFields,
            help: "Generate random bytes from a source."),
        CorePath(
            "tools/hash", [.update: .immediate(hash)], fields: hashFields,
            help: "Hash input data."),
        CorePath(
            "tools/hash/:urlalgorithm", [.update: .immediate(hash)], fields: hashFields,
            help: "Hash input data with the algorithm that the path names."),
    ]

    private static let randomFields: [Field] = [
        .string("urlbytes", "The number of bytes, in the path."),
        .integer("bytes", default: 32, "The number of bytes."),
        .string(
            "format", default: "base64", "Encoding of the answer: \"hex\" or \"base64\"."),
        .string(
            "source", default: "platform",
            "Source of the bytes: \"platform\", \"seal\" or \"all\"."),
    ]

    private static let hashFields: [Field] = [
        .string("urlalgorithm", "The algorithm, in the path."),
        .string(
            "algorithm", default: "sha2-256",
            "sha2-224, sha2-256, sha2-384, sha2-512, sha3-224, sha3-256, sha3-384 or sha3-512."),
        .string("input", "What to hash, in base64."),
        .string("format", default: "hex", "Encoding of the answer: \"hex\" or \"base64\"."),
    ]

    // MARK: Random bytes

    private static let sources = ["platform", "seal", "all"]

    private static func random(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let (source, count) = try randomRequest(call.fields)
        let encode = try encoding(call.fields.string("format") ?? "base64")
        guard count >= 1 else {
            throw BackendFailure(.invalidRequest, "\"bytes\" cannot be less than 1")
        }
        guard count <= KernelLimits.randomBytesPerRequest else {
            throw BackendFailure(
                .invalidRequest,
                "\"bytes\" should be less than \(KernelLimits.randomBytesPerRequest)")
        }
        guard sources.contains(source) else {
            throw BackendFailure(
                .invalidRequest,
                "unsupported entropy source \(source.quotedForMessage); must be \"platform\" or "
                    + "\"seal\", or \"all\"")
        }
        var bytes = SecureRandom.bytes(count)
        defer { zero(&bytes) }
        let data: JSONValue = ["random_bytes": .string(encode(bytes))]
        // A Shamir seal has no generator of its own; what it would add is nothing.
        let warnings =
            source == "seal"
            ? ["no seal/entropy augmentation available, using platform entropy source"] : []
        return BackendAnswer(data: data.encoded(), warnings: warnings)
    }

    /// One segment after `random/` is a source if it is called like one, else a number.
    private static func randomRequest(
        _ fields: FieldValues
    ) throws(BackendFailure) -> (source: String, count: Int) {
        var source = fields.string("source") ?? ""
        let inPath = fields.string("urlbytes") ?? ""
        let fromBody = fields.integer("bytes") ?? 32
        if source.isEmpty { source = "platform" }
        if inPath.isEmpty { return (source, fromBody) }
        if sources.contains(inPath) { return (inPath, fromBody) }
        guard let count = Int(inPath) else {
            throw BackendFailure(
                .invalidRequest, "error parsing url-set byte count: it is not a whole number")
        }
        return (source, count)
    }

    // MARK: Digests

    private static func hash(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let fields = call.fields
        guard var input = Base64.decode(fields.string("input") ?? "") else {
            throw BackendFailure(.invalidRequest, "unable to decode input as base64")
        }
        defer { zero(&input) }
        let inPath = fields.string("urlalgorithm") ?? ""
        let name = inPath.isEmpty ? fields.string("algorithm") ?? "" : inPath
        let encode = try encoding(fields.string("format") ?? "hex")
        guard let digest = Digest(rawValue: name), digest != .sha1 else {
            throw BackendFailure(
                .invalidRequest,
                "unsupported algorithm \(name.quotedForMessage); there are "
                    + Digest.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", "))
        }
        do throws(CryptoError) {
            let data: JSONValue = ["sum": .string(encode(try digest.hash(input)))]
            return BackendAnswer(data: data.encoded())
        } catch { throw BackendFailure(.internalError, error.message) }
    }

    private static func encoding(
        _ name: String
    ) throws(BackendFailure) -> @Sendable ([UInt8]) -> String {
        switch name {
        case "hex": return { Hex.encode($0) }
        case "base64": return { Base64.encode($0) }
        default:
            throw BackendFailure(
                .invalidRequest,
                "unsupported encoding format \(name.quotedForMessage); must be \"hex\" or "
                    + "\"base64\"")
        }
    }
}
