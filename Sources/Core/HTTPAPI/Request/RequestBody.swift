// The body of a write: collected within its limit, then checked to be one JSON object.

internal import Cryptography
internal import JSON
internal import NIOCore

/// Bytes of a body as they come in.
struct RequestBody {
    private(set) var bytes: [UInt8] = []
    private var receivedBytes = 0
    let maxBytes: Int
    let keepsBytes: Bool

    init(maxBytes: Int, keepsBytes: Bool, announcedBytes: Int) {
        self.maxBytes = maxBytes
        self.keepsBytes = keepsBytes
        // An announcement is only a claim; memory follows what arrives.
        if keepsBytes { bytes.reserveCapacity(min(announcedBytes, 64 * 1024)) }
    }

    static let empty = RequestBody(maxBytes: 0, keepsBytes: false, announcedBytes: 0)

    mutating func append(_ part: ByteBuffer) throws(Refusal) {
        receivedBytes += part.readableBytes
        guard receivedBytes <= maxBytes else { throw .bodyTooLarge }
        guard keepsBytes else { return }
        part.withUnsafeReadableBytes { bytes.append(contentsOf: $0) }
    }

    /// Protocols of others, whose requests are not JSON: what they send comes to an engine as one
    /// member, in base64.
    private static let binaryMediaTypes = ["application/ocsp-request"]

    /// The body as one JSON object, or nothing.
    ///
    /// Whatever the content type says, JSON is what counts, for `curl -d` and `wget --post-data`
    /// call it a form. A form is read as one only where the type says so and the body does not
    /// begin like an object.
    func data(mediaType: String, limits: HTTPLimits) throws(Refusal) -> [UInt8] {
        if Self.binaryMediaTypes.contains(where: { $0.utf8.elementsEqual(mediaType.utf8) }) {
            return Array(#"{"body":"\#(Base64.encode(bytes))"}"#.utf8)
        }
        guard let first = bytes.first(where: { !Self.isSpace($0) }) else { return [] }
        if mediaType == "application/x-www-form-urlencoded", first != UInt8(ascii: "{") {
            return try Self.formData(bytes, maxParameters: limits.maxParameters)
        }
        do {
            try JSONScanner.validate(bytes, limits: JSONLimits(maxValues: limits.maxValues))
        } catch {
            throw .badRequest("failed to parse JSON input: \(error.description)")
        }
        if first == UInt8(ascii: "{") { return bytes }
        // A lone null is no data, as Vault reads it; `first` is enough to tell, the document is
        // valid.
        if first == UInt8(ascii: "n") { return [] }
        throw .badRequest("failed to parse JSON input: the body must be a JSON object")
    }

    private static func formData(_ bytes: [UInt8], maxParameters: Int) throws(Refusal) -> [UInt8] {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .badRequest("failed to parse form data: it is not UTF-8")
        }
        return try Parameters(text[...], limit: maxParameters).encodedJSON()
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }
}
