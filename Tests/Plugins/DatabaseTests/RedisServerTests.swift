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
            ["host": "a", "port": -1], ["host": "a", "insecure_tls": true],
            ["host": "a", "tls": true, "ca_cert": "x"],
            ["host": "a", "tls": true, "tls_certificate": "x"],
            ["host": "a", "tls": true, "tls_certificate": "x", "private_key": "y"],
            ["host": "a", "connection_url": "redis://b"], ["connection_url": "http://b"],
            ["host": "a", "max_open_connections": -1],
        ] {
            #expect(throws: PluginError.self) { try server(wrong) }
        }
    }

    @Test(
        "an address is taken apart from its end, whatever a password has in it",
        arguments: [
            ("redis://cache", "cache", 6_379, "", false),
            ("rediss://cache:7000/", "cache", 7_000, "", true),
            ("rediss://{{username}}:{{password}}@[::1]:7/0", "::1", 7, "{{password}}", true),
            ("redis://me:p@ss:w/rd@h", "h", 6_379, "p@ss:w/rd", false),
        ])
    func address(text: String, host: String, port: Int, password: String, tls: Bool) throws {
        let address = try RedisAddress(text)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.password == password)
        #expect(address.usesTLS == tls)
    }

    @Test(
        "what is no address is refused and not repeated",
        arguments: [
            "", "cache", "redis://", "redis://u:sEcrEt@", "redis://u:sEcrEt@h:x",
            "redis://u:sEcrEt@h/3", "redis://u:sEcrEt@h?x=1", "unix://u:sEcrEt@h",
            "redis://u:sEcrEt@h\0", "redis://u:sEcrEt@[h",
        ])
    func noAddress(text: String) {
        do throws(PluginError) {
            _ = try RedisAddress(text)
            Issue.record("it was taken: \(text)")
        } catch { #expect(!error.message.contains("sEcrEt")) }
    }

    @Test("the root password can be rotated only where the address has a place for it")
    func rootUser() throws {
        let own: JSONObject = ["username": "me", "password": "x"]
        var settings = own
        settings["connection_url"] = "redis://{{username}}:{{password}}@h"
        #expect(try server(settings).rootUsername == "me")
        settings["connection_url"] = "redis://{{username}}:fixed@h"
        #expect(try server(settings).rootUsername == nil)
    }

    @Test("rules are a JSON list of texts, and nothing that only looks like one")
    func rules() throws {
        #expect(try RedisSession.rules([#"["~a:*", "+@read"]"#]) == ["~a:*", "+@read"])
        #expect(try RedisSession.rules([#"["~a"]"#, #"["+get"]"#]) == ["~a", "+get"])
        #expect(try RedisSession.rules(["WyJ+YToqIiwgIitAcmVhZCJd"]) == ["~a:*", "+@read"])
        for wrong in ["+@read", "{}", "[1]", "[\"\"]", "[null]", "\"+@read\"", ""] {
            #expect(throws: DatabaseError.self) { try RedisSession.rules([wrong]) }
        }
    }
}
