// What the server's configuration says about all plugins.

public struct PluginHostSettings: Sendable {
    /// Off only for plugins that are trusted like the server itself.
    public var isSandboxed = true
    /// How long a process without work is kept.
    public var idleSeconds = PluginHostLimits.idleSeconds
    /// How many processes there may be at once.
    public var processes = PluginHostLimits.processes

    public init() {}
}
