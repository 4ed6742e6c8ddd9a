// The plugin without a server; `test_database_plugins.py` of Coffer's end-to-end tests has one.

import JSON
import PluginSDK
import PluginTesting
import Testing

@testable import RedisACL

@Suite struct RedisACLTests {
    let plugin: EngineHarness

    init() throws { plugin = try EngineHarness(RedisACLPlugin()) }

    private func ask(_ operation: String, _ config: JSONValue, _ more: JSONObject = [:]) throws
        -> Answer
    {
        var data = more
        data["connection"] = "main"
        data["config"] = config
        return try plugin.call(.update, operation, .object(data))
    }

    @Test("a configuration is checked before anything is opened")
    func configuration() throws {
        let good: JSONValue = ["port": "6380", "password": "p"]
        let answer = try ask("initialize", good, ["verify_connection": false])
        #expect(try answer.json["config"] == good)
        #expect(throws: PluginError(.invalidRequest, "")) {
            try ask("initialize", ["port": "0"], ["verify_connection": false])
        }
    }

    @Test("a server that is away is a failure of the server, without the password in it")
    func away() throws {
        let config: JSONValue = ["port": 1, "password": "s3cret-of-root"]
        do {
            _ = try ask("initialize", config, ["verify_connection": true])
            Issue.record("nobody listens there")
        } catch let error as PluginError {
            #expect(error.code == .upstreamFailed && !error.message.contains("s3cret"))
        }
    }

    @Test("a name with white space is no user's")
    func names() throws {
        let user: JSONObject = [
            "username": "a b", "password": "p", "expiration": "2030-01-01T00:00:00Z",
        ]
        #expect(throws: PluginError(.invalidRequest, "")) {
            try ask("new-user", ["port": 1], user)
        }
    }

    @Test("what is in a word stays in it")
    func words() {
        let bytes = RedisConnection.encode(["ACL", "x\r\nFLUSHALL"])
        #expect(
            String(decoding: bytes, as: UTF8.self) == "*2\r\n$3\r\nACL\r\n$11\r\nx\r\nFLUSHALL\r\n")
    }
}
