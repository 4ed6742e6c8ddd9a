// A database plugin for Redis and Valkey: the users of their access control list.

import JSON
import PluginSDK

@main
struct RedisACLPlugin: DatabasePlugin {
    static let name = "redis-acl"
    static let version = "1.0.0"

    func database(_ config: JSONObject) throws -> any UserDatabase { try RedisUsers(config) }
}
