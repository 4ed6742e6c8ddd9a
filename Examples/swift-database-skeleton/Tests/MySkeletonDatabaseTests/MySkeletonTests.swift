// The plugin without a process: `EngineHarness` asks it what the host would ask.

import JSON
import PluginSDK
import PluginTesting
import Testing

@testable import MySkeletonDatabase

@Suite struct MySkeletonTests {
    private let config: JSONValue = ["address": "somewhere", "password": "of-the-root-user"]

    @Test("a configuration is tried if it is to be tried, and kept as it was sent")
    func configuration() throws {
        let plugin = try EngineHarness(MySkeletonPlugin())
        let data: JSONObject = [
            "connection": "main", "config": config, "verify_connection": true,
        ]
        #expect(try plugin.call(.update, "initialize", .object(data)).json["config"] == config)
        var bad = data
        bad["config"] = ["address": "nowhere"]
        let wrong = bad
        #expect(throws: PluginError(.upstreamFailed, "")) {
            try plugin.call(.update, "initialize", .object(wrong))
        }
    }

    @Test("a user is made, gets another password, and ends")
    func users() throws {
        let database = try MySkeletonUsers(config.objectValue ?? [:])
        try database.newUser(
            NewUser(
                username: "v-app", credential: .password("first"),
                expiration: .now.adding(seconds: 60)))
        #expect(database.credential(of: "v-app") == .password("first"))
        try database.updateUser(
            UserUpdate(username: "v-app", credential: (.password("second"), [])))
        #expect(database.credential(of: "v-app") == .password("second"))
        for _ in 0..<2 { try database.deleteUser(UserDeletion(username: "v-app")) }
        #expect(database.credential(of: "v-app") == nil)
    }
}
