// The my-skeleton database plugin: Coffer's database engine makes and ends users through it.

import JSON
import PluginSDK

@main
struct MySkeletonPlugin: DatabasePlugin {
    static let name = "my-skeleton"
    static let version = "0.1.0"

    /// Called for every connection, and again when its configuration changes. What is thrown
    /// refuses the configuration.
    func database(_ config: JSONObject) throws -> any UserDatabase { try MySkeletonUsers(config) }
}
