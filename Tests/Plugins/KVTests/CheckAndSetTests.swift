import JSON
import Paths
import PluginTesting
import Testing

@testable import KV

@Suite struct CheckAndSetTests {
    private static let mismatch = "check-and-set parameter did not match the current version"
    private static let required = "check-and-set parameter required for this call"

    @Test("cas 0 makes a secret and never overwrites one")
    func create() throws {
        let kv = try KVMount()
        #expect(kv.post("data/a", #"{"options":{"cas":0},"data":{"n":1}}"#).status == 200)
        check(
            kv.post("data/a", #"{"options":{"cas":0},"data":{"n":2}}"#), status: 400,
            error: Self.mismatch)
        #expect(kv.get("data/a")["data", "n"] == 1)
    }

    @Test(
        "a write goes through at exactly the current version",
        arguments: [
            ("2", 200), (#""2""#, 200), ("1", 400), ("3", 400), ("-1", 400), ("0", 400),
            ("18446744073709551614", 400), ("2.0", 400), (#""x""#, 400), ("[2]", 400), ("{}", 400),
            ("null", 400), ("false", 400),
        ])
    func compare(cas: String, status: Int) throws {
        let kv = try KVMount()
        kv.write("a", versions: 1...2)
        let reply = kv.post("data/a", "{\"options\":{\"cas\":\(cas)},\"data\":{\"n\":3}}")
        #expect(reply.status == status)
        #expect(kv.get("data/a")["data", "n"] == (status == 200 ? 3 : 2))
    }

    @Test("what cannot be a version is named as such")
    func unparsable() throws {
        check(
            try KVMount().post("data/a", #"{"options":{"cas":{}},"data":{}}"#), status: 400,
            error: "error parsing check-and-set parameter")
    }

    @Test("the current version counts also when it is deleted or destroyed")
    func deleted() throws {
        let kv = try KVMount()
        kv.write("a", versions: 1...2)
        kv.call(.delete, "data/a")
        check(
            kv.post("data/a", #"{"options":{"cas":0},"data":{}}"#), status: 400,
            error: Self.mismatch)
        kv.post("destroy/a", #"{"versions":[2]}"#)
        #expect(kv.post("data/a", #"{"options":{"cas":2},"data":{}}"#)["version"] == 3)
    }

    @Test("the mount can require cas of every write and patch")
    func requiredByMount() throws {
        let kv = try KVMount()
        kv.write("a", versions: 1...1)
        kv.post("config", #"{"cas_required":true}"#)
        check(kv.post("data/a", #"{"data":{}}"#), status: 400, error: Self.required)
        check(kv.post("data/b", #"{"data":{}}"#), status: 400, error: Self.required)
        check(
            kv.post("data/a", #"{"data":{},"options":{}}"#), status: 400, error: Self.required)
        check(
            kv.call(.patch, "data/a", #"{"data":{"x":1}}"#), status: 400, error: Self.required)
        #expect(kv.post("data/a", #"{"options":{"cas":1},"data":{}}"#).status == 200)
        #expect(
            kv.call(.patch, "data/a", #"{"options":{"cas":2},"data":{"x":1}}"#)["version"] == 3)
    }

    @Test("a secret can require cas for itself")
    func requiredBySecret() throws {
        let kv = try KVMount()
        kv.post("metadata/a", #"{"cas_required":true}"#)
        check(kv.post("data/a", #"{"data":{}}"#), status: 400, error: Self.required)
        #expect(kv.post("data/b", #"{"data":{}}"#).status == 200)
        #expect(kv.post("data/a", #"{"options":{"cas":0},"data":{}}"#).status == 200)
    }

    @Test("of two writers with the same cas exactly one wins, however they interleave")
    func race() throws {
        let kv = try KVMount()
        kv.write("a", versions: 1...1)
        kv.beforeNextCommit {
            let first = kv.post("data/a", #"{"options":{"cas":1},"data":{"n":"first"}}"#)
            #expect(first.status == 200)
        }
        let second = kv.post("data/a", #"{"options":{"cas":1},"data":{"n":"second"}}"#)
        check(second, status: 400, error: Self.mismatch)
        #expect(kv.get("data/a")["data", "n"] == "first")
    }

    @Test("a secret made while its creator with cas 0 is under way is not overwritten")
    func creationRace() throws {
        let kv = try KVMount()
        kv.beforeNextCommit {
            kv.write("a", versions: 1...1)
        }
        check(
            kv.post("data/a", #"{"options":{"cas":0},"data":{"n":2}}"#), status: 400,
            error: Self.mismatch)
        #expect(kv.get("data/a")["data", "n"] == 1)
    }

    @Test("a requirement that is set while a write is under way holds for that write")
    func configRace() throws {
        let kv = try KVMount()
        kv.beforeNextCommit {
            kv.post("config", #"{"cas_required":true}"#)
        }
        check(kv.post("data/a", #"{"data":{}}"#), status: 400, error: Self.required)
    }
}
