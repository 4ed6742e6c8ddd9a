// What the command line says about the server.

/// How to start a server.
public struct DaemonOptions: Sendable {
    /// Configuration files and folders, in order.
    public var configPaths: [String] = []
    public var isDev = false
    /// Dev mode: the root token's text; random if `nil`.
    public var devRootToken: String?
    /// Dev mode: `host:port`.
    public var devListenAddress = "127.0.0.1:8200"
    /// Dev mode: a folder of plugins besides the built-in ones.
    public var devPluginDirectory: String?
    /// Dev mode: where the root token is left for the command line; `nil` leaves it nowhere.
    public var devTokenFile: String?
    /// Dev mode: what is mounted to begin with.
    public var devMount: DevMount?
    /// Dev mode: called when the server serves, in place of the announcement; `false` ends it.
    public var devGreeting:
        (@Sendable (_ address: String, _ rootToken: String, _ program: String) async -> Bool)?
    /// `nil` lets the configuration decide.
    public var logLevel: String?
    /// "standard" or "json"; `nil` lets the configuration decide.
    public var logFormat: String?

    public init() {}
}

/// An engine that dev mode mounts. The core knows no engine by name; the command line says which it
/// is.
public struct DevMount: Sendable {
    public var type: String
    public var path: String
    public var description: String
    public var options: [String: String]

    public init(type: String, path: String, description: String, options: [String: String]) {
        self.type = type
        self.path = path
        self.description = description
        self.options = options
    }
}
