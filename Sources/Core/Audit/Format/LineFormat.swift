// What the options that all devices share decide about a line.

/// How a device writes.
public struct LineFormat: Sendable, Equatable {
    public enum Syntax: String, Sendable, CaseIterable {
        case json, jsonx
    }

    public var syntax = Syntax.json
    /// Secrets are written as they are. For test beds; nothing of another device changes.
    public var isRaw = false
    public var hashesAccessors = true
    /// The answer to a list shows how many names there were instead of the names.
    public var elidesLists = false
    /// Written before each line.
    public var prefix = ""

    public init() {}
}
