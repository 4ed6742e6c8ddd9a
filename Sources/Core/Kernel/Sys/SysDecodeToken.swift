// `sys/decode-token`: takes the one-time password off a token that a ceremony gave out encoded.

internal import Cryptography
internal import JSON
internal import Paths

enum SysDecodeToken {
    static let paths = [
        CorePath(
            "decode-token", [.update: .immediate(decode)],
            fields: [
                .string("encoded_token", "The token as it was given out."),
                .string("otp", "The one-time password it was encoded with."),
            ], help: "Decode an encoded token.")
    ]

    private static func decode(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        func given(_ name: String) throws(BackendFailure) -> String {
            guard let text = call.fields.string(name), !text.isEmpty else {
                throw BackendFailure(.invalidRequest, "missing \(name)")
            }
            return text
        }
        // Given out without padding; people's tools may have added it.
        var encoded = try given("encoded_token")
        while encoded.utf8.last == UInt8(ascii: "=") { encoded.removeLast() }
        let otp = Array(try given("otp").utf8)
        let padding = String(repeating: "=", count: (4 - encoded.utf8.count % 4) % 4)
        guard let bytes = Base64.decode(encoded + padding) else {
            throw BackendFailure(.invalidRequest, "error decoding base64'd token")
        }
        guard bytes.count == otp.count else {
            throw BackendFailure(
                .invalidRequest, "length of the encoded token does not match that of the otp")
        }
        let token = zip(bytes, otp).map { $0 ^ $1 }
        guard let text = String(validating: token, as: UTF8.self) else {
            throw BackendFailure(.invalidRequest, "the otp does not belong to this token")
        }
        return BackendAnswer(data: JSONValue.object(["token": .string(text)]).encoded())
    }
}
