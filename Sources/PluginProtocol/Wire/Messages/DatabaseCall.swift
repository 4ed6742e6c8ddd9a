// One operation of a database plugin of the catalog, as an engine asks the host for it.

public struct DatabaseCall: Sendable, Equatable {
    /// The plugin's name in the catalog, and the version that is meant; an empty one leaves it to
    /// the catalog.
    public var plugin: String
    public var version: String
    /// One of `DatabaseOperation`, or the host refuses it.
    public var operation: String
    /// A JSON object.
    public var data: [UInt8]
    /// 0: for as long as the request may take.
    public var timeoutMilliseconds: UInt32

    public init(
        plugin: String, version: String = "", operation: String, data: [UInt8],
        timeoutMilliseconds: UInt32 = 0
    ) {
        self.plugin = plugin
        self.version = version
        self.operation = operation
        self.data = data
        self.timeoutMilliseconds = timeoutMilliseconds
    }
}

public struct DatabaseAnswer: Sendable, Equatable {
    /// A JSON object, or empty.
    public var data: [UInt8]
    /// Of the entry that answered; empty for one without.
    public var version: String

    public init(data: [UInt8], version: String) {
        self.data = data
        self.version = version
    }
}

/// What a database plugin is asked to do; the names are the paths of the requests that it gets.
public enum DatabaseOperation: String, Sendable, CaseIterable {
    case initialize
    case newUser = "new-user"
    case updateUser = "update-user"
    case deleteUser = "delete-user"
    case type
    case close

    /// Not for the plugin: the host runs it anew, as the catalog has it now.
    public static let reload = "reload"
}
