// The my-skeleton engine: keeps a value under a name.

import PluginSDK

@main
struct MySkeletonPlugin: Plugin {
    static let name = "my-skeleton"
    static let version = "0.1.0"
    static let type = PluginType.secret

    /// Called for every mount, and again when its options change. What is thrown refuses the mount.
    func engine(for mount: MountConfiguration) throws -> Engine {
        Engine(paths: [itemPath, itemListPath])
    }
}
