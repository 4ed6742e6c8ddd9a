// What a plugin says of itself in the handshake, checked.

internal import Kernel
internal import Wire

/// Name, version and kind of a running plugin. The same on all its lanes.
struct PluginIdentity: Sendable, Equatable {
    let name: String
    let version: String
    let kind: BackendKind

    /// Throws with what is wrong with the reply.
    init(_ reply: HelloReply) throws(WireError) {
        guard reply.major == WireLimits.major else {
            throw WireError(
                .unsupportedVersion,
                "the plugin speaks version \(reply.major), the host \(WireLimits.major)")
        }
        guard Self.isLabel(reply.name), Self.isLabel(reply.version) else {
            throw WireError(.invalidValue, "a name or version that cannot be shown")
        }
        guard reply.maxCallsInFlight > 0 else {
            throw WireError(.invalidValue, "no call may be in flight")
        }
        name = reply.name
        version = reply.version
        kind =
            switch reply.type {
            case .secret: .secret
            case .auth: .auth
            case .database: .database
            }
    }

    /// Names and versions stand in logs, tables and answers.
    private static func isLabel(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= PluginHostLimits.pluginNameBytes
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}
