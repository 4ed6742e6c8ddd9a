// A plugin: its name, and how an engine is made for a mount.
//
//     @main struct KVPlugin: Plugin {
//         static let name = "kv"
//         static let version = "1.0.0"
//         static let type = PluginType.secret
//         func engine(for mount: MountConfiguration) throws -> Engine { Engine(paths: [...]) }
//     }

public import Wire

public protocol Plugin: Sendable {
    static var name: String { get }
    static var version: String { get }
    static var type: PluginType { get }

    init()

    /// Called once for every mount, and again when its options or TTLs change. What is thrown makes
    /// the mount fail with that text.
    func engine(for mount: MountConfiguration) throws -> Engine
}

extension Plugin {
    /// Serves the core on the descriptors that it handed over, until it closes them.
    public static func main() {
        PluginProcess.run(Self.self)
    }
}

/// What an engine knows of its mount.
public struct MountConfiguration: Sendable {
    /// Names the mount for as long as it exists; it is the same after a restart.
    public var id: String
    public var options: [String: String]
    public var defaultLeaseTTLSeconds: UInt64
    public var maxLeaseTTLSeconds: UInt64

    public init(
        id: String = "", options: [String: String] = [:], defaultLeaseTTLSeconds: UInt64 = 0,
        maxLeaseTTLSeconds: UInt64 = 0
    ) {
        self.id = id
        self.options = options
        self.defaultLeaseTTLSeconds = defaultLeaseTTLSeconds
        self.maxLeaseTTLSeconds = maxLeaseTTLSeconds
    }
}
