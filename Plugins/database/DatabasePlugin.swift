// The database secrets engine: users of databases that are made when they are asked for and end
// with their lease, and users of their own kind whose passwords rotate.

import PluginSDK

@main
struct DatabasePlugin: Plugin {
    static let name = "database"
    static let version = "0.1.0"
    static let type = PluginType.secret

    private let pools = SessionPools()

    func engine(for mount: MountConfiguration) throws -> Engine {
        databaseEngine(DatabaseMount(mount, pools: pools, kinds: builtInServers))
    }
}
