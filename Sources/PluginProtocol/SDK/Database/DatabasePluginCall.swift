// How an engine has a database plugin of the catalog do something. The plugin runs in a process of
// its own, which the host starts for the engine's mount; the engine needs the permission
// `databases`.

public import JSON
public import Wire

public struct DatabasePluginCall: Sendable {
    /// In the catalog.
    public var plugin: String
    /// Empty: the one that the catalog has for whoever asks for none.
    public var version: String
    /// Longest time that it may take, within that of the request.
    public var timeoutSeconds: Int

    public init(plugin: String, version: String, timeoutSeconds: Int) {
        self.plugin = plugin
        self.version = version
        self.timeoutSeconds = timeoutSeconds
    }

    public struct Reply: Sendable {
        public var data: JSONValue
        /// The version that answered; empty for an entry without one.
        public var version: String

        public init(data: JSONValue, version: String) {
            self.data = data
            self.version = version
        }
    }

    /// Waits for the answer, so it is for the code of an `Outcome.wait` and for no other.
    public func perform(
        _ operation: DatabaseOperation, _ data: JSONObject
    ) throws(PluginError) -> Reply {
        try perform(operation.rawValue, JSONValue.object(data).encoded())
    }

    /// Has the plugin run anew, as the catalog has it now. What it is doing is finished first.
    public func reload() throws(PluginError) { _ = try perform(DatabaseOperation.reload, []) }

    private func perform(
        _ operation: String, _ data: [UInt8]
    ) throws(PluginError) -> Reply {
        guard let ask = HostAccess.ask else {
            Log.error("a database plugin was called outside of a step that waits")
            throw .internalError
        }
        let milliseconds = UInt32(clamping: max(0, timeoutSeconds)).multipliedReportingOverflow(
            by: 1_000)
        let call = DatabaseCall(
            plugin: plugin, version: version, operation: operation, data: data,
            timeoutMilliseconds: milliseconds.overflow ? .max : milliseconds.partialValue)
        switch ask(.database(call)) {
        case .database(let answer):
            if answer.data.isEmpty {
                return Reply(data: .object(JSONObject()), version: answer.version)
            }
            guard let data = try? JSONValue(parsing: answer.data), data.objectValue != nil else {
                throw PluginError(
                    .upstreamFailed, "database plugin \"\(plugin)\" answered no JSON object")
            }
            return Reply(data: data, version: answer.version)
        case .failure(let failure): throw PluginError(failure)
        case .entries, .names, .committed, .conflict, .password, .filled:
            Log.error("a reply does not fit the call of a database plugin")
            throw .internalError
        }
    }
}
