// A mount of the engine: its lifetimes, and the sessions that it has open.

import PluginSDK

final class DatabaseMount: Sendable {
    let id: String
    let defaultTTLSeconds: UInt64
    let maxTTLSeconds: UInt64
    let kinds: [any DatabaseServer.Type]
    let claims = RotationClaims()
    private let configs = EntryCache<DatabaseConfig>(capacity: Limits.cachedEntries)
    private let roles = EntryCache<DatabaseRole>(capacity: Limits.cachedEntries)
    private let pools: SessionPools

    init(
        _ mount: MountConfiguration, pools: SessionPools, kinds: [any DatabaseServer.Type]
    ) {
        id = mount.id
        defaultTTLSeconds = mount.defaultLeaseTTLSeconds
        maxTTLSeconds = mount.maxLeaseTTLSeconds
        self.pools = pools
        self.kinds = kinds
    }

    /// The mount is gone, or it has changed: then its next use opens new sessions.
    deinit { close { _ in true } }

    // MARK: What most requests read

    /// Goes on with a connection's configuration; without one the request fails.
    func withConfig(
        _ name: String, _ then: @escaping @Sendable (DatabaseConfig) throws -> Outcome
    ) throws -> Outcome {
        try configs.read(
            StorageKey.config(name), decode: { try DatabaseConfig(decoding: $0) },
            then: { config in
                guard let config else { throw DatabaseConfig.isMissing(name) }
                return try then(config)
            })
    }

    func withRole(
        _ name: String, _ then: @escaping @Sendable (DatabaseRole?) throws -> Outcome
    ) throws -> Outcome {
        try roles.read(
            StorageKey.role(name), decode: { try DatabaseRole(decoding: $0) }, then: then)
    }

    /// An entry has changed.
    func forget(_ key: String) {
        configs.remove(key)
        roles.remove(key)
    }

    // MARK: Servers and sessions

    /// The server that a connection is to.
    func server(
        _ name: String, _ config: DatabaseConfig
    ) throws(PluginError) -> any DatabaseServer {
        let kind = kind(config.pluginName)
        if kind == CustomServer.self { return try CustomServer(name, config) }
        return try kind.init(config.settings(kind))
    }

    /// What is not built in is looked for in the catalog, by the host.
    func kind(_ pluginName: String) -> any DatabaseServer.Type {
        kinds.first { $0.pluginNames.contains { $0.hasSameBytes(as: pluginName) } }
            ?? CustomServer.self
    }

    /// The sessions of a connection. They are made anew when its configuration has changed.
    func pool(_ name: String, _ config: DatabaseConfig) throws(PluginError) -> SessionPool {
        let key = SessionPools.Key(mount: id, name: name)
        if let known = pools.pool(key, made: config) { return known }
        let pool = SessionPool(try server(name, config), passwords: config.passwords)
        return pools.keep(pool, key, made: config)
    }

    /// Closes a connection's sessions; the next use opens new ones.
    func close(_ name: String) { pools.close(SessionPools.Key(mount: id, name: name)) }

    func close(where isDoomed: (String) -> Bool) {
        pools.close { $0.mount.utf8.elementsEqual(id.utf8) && isDoomed($0.name) }
    }
}
