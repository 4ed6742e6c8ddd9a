import JSON
import Paths
import PluginTesting
import Testing

@testable import KV

@Suite struct PatchTests {
    @Test("a patch merges, removes with null, and keeps all else exactly as it was")
    func merge() throws {
        let kv = try KVMount()
        kv.post(
            "data/a",
            #"{"data":{"big":12345678901234567890123456,"f":1.50,"in":{"x":1,"y":[1.0]},"go":1}}"#
        )
        let reply = kv.call(
            .patch, "data/a", #"{"data":{"go":null,"in":{"x":2.00},"new":{"a":null,"b":1e3}}}"#)
        #expect(reply.status == 200)
        #expect(reply["version"] == 2)
        let text = try #require(kv.get("data/a").text)
        #expect(
            text.hasPrefix(
                #"{"data":{"big":12345678901234567890123456,"f":1.50,"#
                    + #""in":{"x":2.00,"y":[1.0]},"new":{"b":1e3}},"metadata""#))
        #expect(kv.get("data/a", version: 1)["data", "go"] == 1)
    }

    @Test("a patch of a secret that is not there answers 404")
    func missing() throws {
        let kv = try KVMount()
        check(kv.call(.patch, "data/a", #"{"data":{"x":1}}"#), status: 404, error: "")
        kv.post("metadata/a", #"{"max_versions":3}"#)
        check(kv.call(.patch, "data/a", #"{"data":{"x":1}}"#), status: 404, error: "")
    }

    @Test("a patch of a deleted or destroyed version answers 404 with its metadata")
    func deleted() throws {
        let kv = try KVMount()
        kv.write("a", versions: 1...1)
        kv.call(.delete, "data/a")
        let deleted = kv.call(.patch, "data/a", #"{"data":{"x":1}}"#)
        #expect(deleted.status == 404)
        #expect(deleted["version"] == 1)
        #expect(deleted["deletion_time"]?.stringValue?.isEmpty == false)
        kv.post("destroy/a", #"{"versions":[1]}"#)
        #expect(kv.call(.patch, "data/a", #"{"data":{"x":1}}"#)["destroyed"] == true)
        #expect(kv.get("metadata/a")["current_version"] == 1)
    }

    @Test(
        "a patch without an object as data is refused, also of a secret that is not there",
        arguments: ["", "{}", #"{"data":null}"#])
    func noData(body: String) throws {
        check(
            try KVMount().call(.patch, "data/a", body), status: 400, error: "no data provided")
    }

    @Test("two patches at once are both in the result")
    func race() throws {
        let kv = try KVMount()
        kv.post("data/a", #"{"data":{}}"#)
        kv.beforeNextCommit {
            kv.call(.patch, "data/a", #"{"data":{"other":1}}"#)
        }
        kv.call(.patch, "data/a", #"{"data":{"mine":1}}"#)
        #expect(kv.get("data/a")["data"] == ["other": 1, "mine": 1])
        #expect(kv.get("data/a")["metadata", "version"] == 3)
    }

    @Test("patches cannot grow a secret beyond what one request could have written")
    func limits() throws {
        let kv = try KVMount()
        let half = String(repeating: "x", count: Limits.maxSecretBytes / 2)
        kv.post("data/a", "{\"data\":{\"a\":\"\(half)\"}}")
        check(
            kv.call(.patch, "data/a", "{\"data\":{\"b\":\"\(half)\"}}"), status: 400,
            error: "a secret may have at most 8388608 bytes")

        func members(_ prefix: String) -> String {
            (0..<6_000).map { "\"\(prefix)\($0)\":0" }.joined(separator: ",")
        }
        kv.post("data/b", "{\"data\":{\(members("a"))}}")
        #expect(kv.call(.patch, "data/b", "{\"data\":{\(members("b"))}}").status == 400)
        #expect(kv.get("data/b")["metadata", "version"] == 1)
    }
}
