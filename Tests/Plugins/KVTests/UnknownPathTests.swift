import JSON
import Paths
import PluginTesting
import Testing

@testable import KV

@Suite struct UnknownPathTests {
    @Test(
        "a request as to version 1 is answered 404 with advice",
        arguments: [
            (Paths.Operation.read, "get"), (.update, "put"), (.create, "put"), (.patch, "patch"),
            (.delete, "delete"), (.list, "list"),
        ])
    func advice(operation: Paths.Operation, command: String) throws {
        let kv = try KVMount()
        let reply = kv.call(operation, "app/db", #"{"password":"x"}"#)
        #expect(reply.status == 404)
        let warning = try #require(reply.warnings.first)
        #expect(warning.hasPrefix("Invalid path for a versioned K/V secrets engine."))
        #expect(warning.contains("'vault kv \(command)'"))
        #expect(kv.storedKeys == ["upgrade"])
    }

    @Test("the root of a path says that it can only be listed")
    func root() throws {
        for path in ["data", "data/", "delete", "undelete", "destroy"] {
            let reply = try KVMount().get(path)
            #expect(reply.status == 404)
            #expect(
                reply.warnings
                    == ["Non-listing operations on the root of a K/V v2 mount are not supported."])
        }
    }

    @Test("an operation that a path does not have is 405")
    func unsupported() throws {
        let kv = try KVMount()
        kv.write("a", versions: 1...1)
        #expect(kv.call(.list, "data/a").status == 405)
        #expect(kv.call(.delete, "config").status == 405)
        #expect(kv.call(.read, "destroy/a").status == 405)
        #expect(kv.call(.update, "subkeys/a").status == 405)
    }
}
