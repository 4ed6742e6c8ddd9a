import JSON
import Paths
import PluginSDK
import Testing

@testable import Database

@Suite struct RedisServerTests {
    private func server(_ settings: JSONObject) throws -> RedisServer {
        try RedisServer(
            FieldValues(fields: RedisServer.fields, captures: .none, data: .object(settings)))
    }

    @Test("a host is all that has to be said")
    func settings() throws {
        let server = try server(["host": "cache", "username": "coffer", "password": "x"])
        #expect(server.rootUsername == "coffer")
        #expect(try self.server(["host": "cache"]).rootUsername == nil)
    }

    @Test("what is not there is refused, and not passed over")
    func refused() {
        for wrong: JSONObject in [
            [:], ["host": ""], ["host": "a", "port": 0], ["host": "a", "port": 65_536],
            ["host": "a", "port": -1], ["host": "a", "tls": true],
            ["host": "a", "insecure_tls": true], ["host": "a", "ca_cert": "x"],
            ["host": "a", "max_open_connections": -1],
        ] {
            #expect(throws: PluginError.self) { try server(wrong) }
        }
    }

    @Test("rules are a JSON list of texts, and nothing that only looks like one")
    func rules() throws {
        #expect(try RedisSession.rules([#"["~a:*", "+@read"]"#]) == ["~a:*", "+@read"])
        #expect(try RedisSession.rules([#"["~a"]"#, #"["+get"]"#]) == ["~a", "+get"])
        for wrong in ["+@read", "{}", "[1]", "[\"\"]", "[null]", "\"+@read\"", ""] {
            #expect(throws: DatabaseError.self) { try RedisSession.rules([wrong]) }
        }
    }
}
