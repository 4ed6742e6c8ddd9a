// The KV secrets engine: version 1 keeps one value per path, version 2 keeps versions and metadata.
// The mount's option `version` chooses; a mount may go from 1 to 2, and never back.

import PluginSDK

@main
struct KVPlugin: Plugin {
    static let name = "kv"
    static let version = "0.1.0"
    static let type = PluginType.secret

    func engine(for mount: MountConfiguration) throws -> Engine {
        switch mount.options["version"] ?? "" {
        case "", "1":
            plainEngine(defaultLeaseSeconds: mount.defaultLeaseTTLSeconds)
        case "2":
            versionedEngine()
        default:
            throw PluginError(.invalidRequest, "the kv engine has version 1 and version 2")
        }
    }
}
