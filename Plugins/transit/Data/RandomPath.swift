// `POST random`: random bytes, of the generator that keys are made with.

import Cryptography
import JSON
import Paths
import PluginSDK

let randomPaths = ["random", "random/:first", "random/:source/:bytes"].map { pattern in
    Path(
        pattern, .update,
        fields: [
            .integer("bytes", default: 32, "How many bytes."),
            .string("format", default: "base64", "hex or base64."),
            .string(
                "source", default: "platform",
                "platform, seal or all: here they are one and the same generator."),
        ],
        help: "Random bytes.", handler: random)
}

private let random: Handler = { request in
    let fields = try request.fields()
    var count = fields.integer("bytes") ?? 32
    var source = fields.string("source") ?? "platform"
    // `random/164` or `random/all`.
    if let first = request.captures["first"] {
        if let number = Int(first) { count = number } else { source = first }
    }
    guard ["platform", "seal", "all", ""].contains(source) else {
        throw PluginError(
            .invalidRequest, "unsupported entropy source; use \"platform\", \"seal\" or \"all\"")
    }
    guard (1...Limits.maxRandomBytes).contains(count) else {
        throw PluginError(
            .invalidRequest, "\"bytes\" must be between 1 and \(Limits.maxRandomBytes)")
    }
    let format = try ByteFormat(fields.string("format") ?? "base64")
    return .answer(.data(["random_bytes": .string(format.text(SecureRandom.bytes(count)))]))
}
