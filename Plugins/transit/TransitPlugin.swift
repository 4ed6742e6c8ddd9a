// The transit secrets engine: applications do not hold keys, they ask for what is to be done with
// them. Data pass through and are not stored.

import PluginSDK

@main
struct TransitPlugin: Plugin {
    static let name = "transit"
    static let version = "0.1.0"
    static let type = PluginType.secret

    func engine(for mount: MountConfiguration) throws -> Engine { transitEngine() }
}
