import JSON
import Paths
import PluginTesting
import Testing

@testable import KV

@Suite struct DeleteTests {
    @Test("a deleted version answers 404 with null and its metadata, and undelete restores it")
    func deleteAndUndelete() throws {
        let kv = try KVMount()
        kv.write("a", versions: 1...2)
        check(kv.call(.delete, "data/a"), status: 204)
        let deleted = kv.get("data/a")
        #expect(deleted.status == 404)
        #expect(deleted["data"] == .null)
        #expect(deleted["metadata", "deletion_time"] == "2023-11-14T22:13:20Z")
        #expect(deleted["metadata", "destroyed"] == false)
        #expect(deleted["metadata", "version"] == 2)
        #expect(kv.get("data/a", version: 1).status == 200)

        check(kv.post("undelete/a", #"{"versions":[2]}"#), status: 204)
        let restored = kv.get("data/a")
        #expect(restored["data", "n"] == 2)
        #expect(restored["metadata", "deletion_time"] == "")
    }

    @Test(
        "versions are named as a list, as texts, as one number or with commas",
        arguments: [#"[1,3]"#, #"["1","3"]"#, #""1,3""#, #"[3,1,1,99,0,-2]"#])
    func notations(versions: String) throws {
        let kv = try KVMount()
        kv.write("a", versions: 1...4)
        check(kv.post("delete/a", "{\"versions\":\(versions)}"), status: 204)
        let statuses = (1...4).map { kv.get("data/a", version: $0).status }
        #expect(statuses == [404, 200, 404, 200])
    }

    @Test(
        "a request that names no version is refused",
        arguments: [
            ("delete/a", "No version number provided"),
            ("undelete/a", "No version number provided"),
            ("destroy/a", "no version number provided"),
        ])
    func noVersions(path: String, error: String) throws {
        let kv = try KVMount()
        kv.write("a", versions: 1...1)
        for body in ["", "{}", #"{"versions":[]}"#, #"{"versions":""}"#] {
            check(kv.post(path, body), status: 400, error: error)
        }
        #expect(kv.post(path, #"{"versions":["x"]}"#).status == 400)
        #expect(kv.get("data/a").status == 200)
    }

    @Test("what is not there is passed over")
    func missing() throws {
        let kv = try KVMount()
        for path in ["delete/a", "undelete/a", "destroy/a"] {
            check(kv.post(path, #"{"versions":[1]}"#), status: 204)
        }
        check(kv.call(.delete, "data/a"), status: 204)
        check(kv.call(.delete, "metadata/a"), status: 204)
        #expect(kv.storedKeys == ["upgrade"])
    }

    @Test("deleting again keeps the first time of deletion")
    func twice() throws {
        let kv = try KVMount()
        kv.write("a", versions: 1...1)
        kv.call(.delete, "data/a")
        kv.advance(seconds: 60)
        kv.call(.delete, "data/a")
        kv.post("delete/a", #"{"versions":[1]}"#)
        #expect(kv.get("data/a")["metadata", "deletion_time"] == "2023-11-14T22:13:20Z")
    }

    @Test("a destroyed version has no data in storage, and nothing brings it back")
    func destroy() throws {
        let kv = try KVMount()
        kv.write("a", versions: 1...3)
        check(kv.call(.update, "destroy/a", #"{"versions":[1,3]}"#), status: 204)
        for number in [1, 3] {
            kv.post("undelete/a", "{\"versions\":[\(number)]}")
            let reply = kv.get("data/a", version: number)
            #expect(reply.status == 404)
            #expect(reply["data"] == .null)
            #expect(reply["metadata", "destroyed"] == true)
        }
        #expect(kv.get("data/a").status == 404)
        #expect(kv.get("data/a", version: 2)["data", "n"] == 2)
        #expect(kv.storedKeys == ["upgrade", "v2/a", "old/a/2"])
        for key in kv.storedKeys {
            let text = String(decoding: kv.storage[key] ?? [], as: UTF8.self)
            #expect(!text.contains(#"{"n":1}"#) && !text.contains(#"{"n":3}"#))
        }
    }

    @Test("a write after the newest version was destroyed goes on counting")
    func writeAfterDestroy() throws {
        let kv = try KVMount()
        kv.write("a", versions: 1...2)
        kv.post("destroy/a", #"{"versions":[2]}"#)
        kv.write("a", versions: 3...3)
        #expect(kv.get("data/a")["metadata", "version"] == 3)
        #expect(kv.get("data/a", version: 2)["metadata", "destroyed"] == true)
        #expect(!kv.storedKeys.contains("old/a/2"))
    }

    @Test("deleting the metadata removes every entry of the secret and of no other")
    func metadata() throws {
        let kv = try KVMount()
        for path in ["a", "a/b", "ab"] { kv.write(path, versions: 1...3) }
        kv.post("destroy/a", #"{"versions":[2]}"#)
        check(kv.call(.delete, "metadata/a"), status: 204)
        #expect(kv.get("metadata/a").status == 404)
        #expect(
            !kv.storedKeys.contains { $0 == "v2/a" || $0.hasPrefix("old/a/") && $0.utf8.count == 7 }
        )
        #expect(kv.get("data/a/b", version: 1).status == 200)
        #expect(kv.get("data/ab", version: 1).status == 200)
        kv.write("a", versions: 1...1)
        #expect(kv.get("data/a")["metadata", "version"] == 1)
        #expect(kv.get("data/a", version: 2).status == 404)
    }

    @Test("a delete that races with a write deletes the version that was written")
    func race() throws {
        let kv = try KVMount()
        kv.write("a", versions: 1...1)
        kv.beforeNextCommit {
            kv.write("a", versions: 2...2)
        }
        kv.call(.delete, "data/a")
        #expect(kv.get("data/a")["metadata", "version"] == 2)
        #expect(kv.get("data/a").status == 404)
        #expect(kv.get("data/a", version: 1).status == 200)
    }
}
