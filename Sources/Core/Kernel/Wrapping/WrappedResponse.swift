// A response that waits for its one reader, and its form behind the barrier.

internal import Cryptography
internal import JSON

/// What a wrapping token opens: the response as its client would have got it.
struct WrappedResponse: Sendable {
    let response: ClientResponse
    /// Accessor of the token in the response, if it holds one, so that it can be revoked without
    /// being unwrapped.
    let tokenAccessor: String

    /// `nil` for a response with nothing in it to wrap.
    init?(_ response: ClientResponse) {
        switch response.body {
        case .envelope(let envelope):
            tokenAccessor = envelope.auth?["accessor"]?.stringValue ?? ""
        case .raw: tokenAccessor = ""
        default: return nil
        }
        self.response = response
    }
}

extension WrappedResponse {
    private static let formatVersion = 1

    func encoded() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("v", Self.formatVersion)
        writer.member("status", response.status)
        switch response.body {
        case .envelope(let envelope):
            writer.member("request_id", envelope.requestID.text)
            writer.member("lease_id", envelope.leaseID)
            writer.member("renewable", envelope.renewable)
            writer.member("lease_duration", envelope.leaseDurationSeconds)
            if let data = envelope.data { writer.member("data", raw: data) }
            if let auth = envelope.auth { writer.member("auth", auth) }
            if let wrapInfo = envelope.wrapInfo { writer.member("wrap_info", wrapInfo) }
            writer.member("warnings", envelope.warnings)
            writer.member("mount_type", envelope.mountType)
            writer.member("top_level", envelope.dataAtTopLevel)
        case .raw(let contentType, let bytes):
            writer.member("content_type", contentType)
            writer.member("raw", Base64.encode(bytes))
        default: break
        }
        writer.endObject()
        return writer.bytes
    }

    init(decoding bytes: [UInt8]) throws(BackendFailure) {
        let unreadable = BackendFailure(
            .internalError, "a wrapped response has a form that this version does not know")
        guard let value = try? JSONValue(parsing: bytes, limits: .unlimitedMembers),
            value["v"]?.intValue == Self.formatVersion
        else { throw unreadable }
        let status = value["status"]?.intValue ?? 200
        if let contentType = value["content_type"]?.stringValue {
            guard let raw = value["raw"]?.stringValue.flatMap({ Base64.decode($0) }) else {
                throw unreadable
            }
            response = ClientResponse(
                status: status, body: .raw(contentType: contentType, raw))
            tokenAccessor = ""
            return
        }
        let auth = value["auth"].flatMap { $0.isNull ? nil : $0 }
        let envelope = Envelope(
            requestID: value["request_id"]?.stringValue.flatMap { UUID128($0) } ?? UUID128(),
            leaseID: value["lease_id"]?.stringValue ?? "",
            renewable: value["renewable"]?.boolValue ?? false,
            leaseDurationSeconds: UInt64(clamping: value["lease_duration"]?.intValue ?? 0),
            data: value["data"]?.encoded(), wrapInfo: value["wrap_info"],
            warnings: value["warnings"]?.arrayValue?.compactMap(\.stringValue) ?? [], auth: auth,
            mountType: value["mount_type"]?.stringValue ?? "",
            dataAtTopLevel: value["top_level"]?.boolValue ?? false)
        response = ClientResponse(status: status, body: .envelope(envelope))
        tokenAccessor = auth?["accessor"]?.stringValue ?? ""
    }
}
