// A call of a database plugin, as a test that plays the host sees it.

public import JSON
public import PluginSDK
import Wire

public struct AskedDatabasePlugin: Sendable {
    public typealias Answering =
        @Sendable (AskedDatabasePlugin) throws(PluginError) -> DatabasePluginCall.Reply

    public let plugin: String
    public let version: String
    /// One of `DatabaseOperation`, or `reload`.
    public let operation: String
    public let data: JSONValue
    public let timeoutSeconds: Int

    init(_ call: DatabaseCall) {
        plugin = call.plugin
        version = call.version
        operation = call.operation
        data = (try? JSONValue(parsing: call.data)) ?? .null
        timeoutSeconds = Int(call.timeoutMilliseconds / 1_000)
    }

    func reply(_ answering: Answering) -> StorageReply {
        do throws(PluginError) {
            let reply = try answering(self)
            return .database(
                DatabaseAnswer(data: reply.data.encoded(), version: reply.version))
        } catch {
            return .failure(error.failure)
        }
    }
}
