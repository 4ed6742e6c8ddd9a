import JSON
import Paths
import PluginTesting
import Testing

@testable import KV

@Suite struct SubkeysTests {
    private static let secret =
        #"{"data":{"a":"SECRET","o":{"p":{"q":"SECRET","r":[{"s":"SECRET"}]},"e":{}},"n":7}}"#

    @Test("subkeys have the keys and none of the values")
    func structure() throws {
        let kv = try KVMount()
        kv.post("data/a", Self.secret)
        let reply = kv.get("subkeys/a")
        #expect(reply.status == 200)
        #expect(
            reply.text?.hasPrefix(
                #"{"subkeys":{"a":null,"o":{"p":{"q":null,"r":null},"e":null},"n":null},"metadata":"#
            )
                == true)
        #expect(reply["metadata", "version"] == 1)
    }

    @Test(
        "depth cuts the structure off",
        arguments: [
            (1, #"{"a":null,"o":null,"n":null}"#),
            (2, #"{"a":null,"o":{"p":null,"e":null},"n":null}"#),
            (3, #"{"a":null,"o":{"p":{"q":null,"r":null},"e":null},"n":null}"#),
            (0, #"{"a":null,"o":{"p":{"q":null,"r":null},"e":null},"n":null}"#),
            (-1, #"{"a":null,"o":{"p":{"q":null,"r":null},"e":null},"n":null}"#),
        ])
    func depth(depth: Int, expected: String) throws {
        let kv = try KVMount()
        kv.post("data/a", Self.secret)
        let reply = kv.call(.read, "subkeys/a", "{\"depth\":\"\(depth)\"}")
        #expect(reply.text?.hasPrefix("{\"subkeys\":\(expected),") == true)
        #expect(reply.text?.contains("SECRET") == false)
    }

    @Test("an older version can be asked for; a deleted one is 404 with null")
    func versions() throws {
        let kv = try KVMount()
        kv.post("data/a", Self.secret)
        kv.post("data/a", #"{"data":{"b":1}}"#)
        #expect(kv.get("subkeys/a", version: 1)["subkeys", "n"] == .null)
        #expect(kv.get("subkeys/a")["subkeys"] == ["b": .null])
        check(kv.get("subkeys/a", version: 3), status: 404)
        kv.call(.delete, "data/a")
        let deleted = kv.get("subkeys/a")
        #expect(deleted.status == 404)
        #expect(deleted["subkeys"] == .null)
        #expect(deleted["metadata", "version"] == 2)
    }
}
