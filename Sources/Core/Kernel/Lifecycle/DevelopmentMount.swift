// A first mount without a request, for development servers.

internal import Cryptography

extension Core {
    /// Mounts a secrets engine on an unsealed server.
    public func mountEngine(
        type: String, path: String, description: String, options: [String: String]
    ) async throws(BackendFailure) {
        let entry = MountEntry(
            path: try MountPath(path).text, kind: .secret, type: type, description: description,
            id: UUID128(), accessor: "\(type)_" + Hex.encode(SecureRandom.bytes(4)),
            options: options, settings: MountSettings(), isLocal: false, isSealWrapped: false,
            pluginVersion: "")
        try await rootState().mounts.enable(entry)
    }
}
