// What sort of engine a plugin is.

public enum PluginType: UInt8, Sendable, Hashable, CaseIterable {
    case secret = 1
    case auth = 2
    case database = 3
}
