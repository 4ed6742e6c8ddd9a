import Clock
import JSON
import Paths
import PluginTesting
import Testing

@testable import KV

@Suite struct ReadWriteTests {
    @Test("a write answers with the version it made, and a read with data and metadata")
    func shape() throws {
        let kv = try KVMount()
        kv.now = Timestamp(nanoseconds: 1_521_685_446_945_319_214)
        #expect(
            kv.post("data/a", #"{"data":{"user":"x"}}"#).text
                == #"{"created_time":"2018-03-22T02:24:06.945319214Z","custom_metadata":null,"#
                + #""deletion_time":"","destroyed":false,"version":1}"#)
        #expect(
            kv.get("data/a").text
                == #"{"data":{"user":"x"},"metadata":{"#
                + #""created_time":"2018-03-22T02:24:06.945319214Z","custom_metadata":null,"#
                + #""deletion_time":"","destroyed":false,"version":1}}"#)
    }

    @Test(
        "numbers, order of keys and nesting come back exactly as they went in, old versions too",
        arguments: [
            #"{"n":123456789012345678901234567890,"f":1.0,"e":1E400,"z":-0.0}"#,
            #"{"z":1,"a":2,"m":{"z":[[],{}],"a":null}}"#,
            #"{"text":"\u00e9 é \ud83d\ude00 \/ \\ \"","":{"":""}}"#,
            #"{}"#,
            "{ \"a\" :\t[ 1 , 2 ] }",
        ])
    func exactness(data: String) throws {
        let kv = try KVMount()
        kv.post("data/a", #"{"options":{"cas":0}, "data": \#(data) }"#)
        let latest = try #require(kv.get("data/a").text)
        #expect(latest.hasPrefix("{\"data\":\(data),\"metadata\":"))
        kv.post("data/a", #"{"data":{"new":1}}"#)
        let old = try #require(kv.get("data/a", version: 1).text)
        #expect(old.hasPrefix("{\"data\":\(data),\"metadata\":"))
    }

    @Test("each write makes a version, and each version can be read by its number")
    func versions() throws {
        let kv = try KVMount()
        kv.write("a", versions: 1...4)
        for number in 1...4 {
            let reply = kv.get("data/a", version: number)
            #expect(reply["data", "n"]?.intValue == number)
            #expect(reply["metadata", "version"]?.intValue == number)
        }
        #expect(kv.get("data/a", version: 0)["data", "n"] == 4)
        #expect(kv.get("data/a", version: -1)["data", "n"] == 4)
        #expect(kv.get("data/a")["data", "n"] == 4)
        check(kv.get("data/a", version: 5), status: 404)
    }

    @Test("a secret that is not there, and a folder, answer 404 with nothing")
    func missing() throws {
        let kv = try KVMount()
        kv.write("a/b", versions: 1...1)
        for path in ["data/x", "data/a", "data/a/b/", "metadata/", "metadata/a", "subkeys/a"] {
            let reply = kv.get(path)
            #expect(reply.status == 404)
            #expect(reply.text == nil)
        }
    }

    @Test("a secret and a folder may have the same name, and versions are not mixed up with paths")
    func sameNames() throws {
        let kv = try KVMount()
        kv.write("a", versions: 1...3)
        kv.write("a/1", versions: 11...12)
        kv.write("a/1/1", versions: 21...22)
        #expect(kv.get("data/a", version: 1)["data", "n"] == 1)
        #expect(kv.get("data/a/1", version: 1)["data", "n"] == 11)
        #expect(kv.get("data/a/1/1", version: 1)["data", "n"] == 21)
        kv.call(.delete, "metadata/a/1")
        #expect(kv.get("data/a", version: 1)["data", "n"] == 1)
        #expect(kv.get("data/a/1/1", version: 1)["data", "n"] == 21)
        #expect(kv.get("data/a/1").status == 404)
    }

    @Test("a name with glob signs is a name like others")
    func globs() throws {
        let kv = try KVMount()
        for path in ["a", "ab", "a*", "*", "+"] { kv.write(path, versions: 1...2) }
        kv.call(.delete, "data/a*")
        kv.call(.delete, "metadata/*")
        kv.post("destroy/+", #"{"versions":[1]}"#)
        for path in ["a", "ab"] {
            #expect(kv.get("data/\(path)").status == 200)
            #expect(kv.get("data/\(path)", version: 1).status == 200)
        }
    }

    @Test(
        "a write without an object as data is refused",
        arguments: [
            ("", "no data provided"), ("{}", "no data provided"),
            (#"{"data":null}"#, "no data provided"), (#"{"user":"x"}"#, "no data provided"),
            (#"{"data":"x"}"#, #"error converting input for field "data": expected an object"#),
            (#"{"data":[1]}"#, #"error converting input for field "data": expected an object"#),
            (
                #"{"data":{},"options":7}"#,
                #"error converting input for field "options": expected an object"#
            ),
        ])
    func noData(body: String, error: String) throws {
        let kv = try KVMount()
        check(kv.post("data/a", body), status: 400, error: error)
        check(kv.get("data/a"), status: 404)
    }

    @Test("a write to a folder or to no path is refused")
    func badPaths() throws {
        let kv = try KVMount()
        let text = "cannot write to a path ending in '/'"
        check(kv.post("data/a/", #"{"data":{}}"#), status: 400, error: text)
        check(kv.call(.patch, "data/a/", #"{"data":{}}"#), status: 400, error: text)
        check(kv.post("metadata/a/", #"{"max_versions":1}"#), status: 400, error: text)
        #expect(kv.post("data/", #"{"data":{}}"#).status == 404)
        check(kv.post("metadata/", #"{"max_versions":1}"#), status: 400, error: "missing path")
        #expect(kv.storedKeys == ["upgrade"])
    }

    @Test("data over the limit are refused, data at the limit can be overwritten and read back")
    func sizes() throws {
        let kv = try KVMount()
        let frame = #"{"v":""}"#.utf8.count
        let fits = String(repeating: "x", count: Limits.maxSecretBytes - frame)
        #expect(kv.post("data/a", "{\"data\":{\"v\":\"\(fits)\"}}").status == 200)
        check(
            kv.post("data/a", "{\"data\":{\"v\":\"\(fits)x\"}}"), status: 400,
            error: "a secret may have at most 8388608 bytes")
        #expect(kv.post("data/a", #"{"data":{}}"#).status == 200)
        #expect(kv.get("data/a", version: 1)["data", "v"] == .string(fits))
    }

    @Test("of two writers at once none is lost: the second one is run again")
    func concurrentWrites() throws {
        let kv = try KVMount()
        kv.write("a", versions: 1...1)
        kv.beforeNextCommit {
            let other = kv.post("data/a", #"{"data":{"n":"other"}}"#)
            #expect(other["version"] == 2)
        }
        let reply = kv.post("data/a", #"{"data":{"n":"mine"}}"#)
        #expect(reply["version"] == 3)
        #expect(kv.get("data/a", version: 2)["data", "n"] == "other")
        #expect(kv.get("data/a")["data", "n"] == "mine")
    }

    @Test("a version destroyed or pruned between the reads of a reader is missing, not an error")
    func vanishedVersion() throws {
        let kv = try KVMount()
        kv.write("a", versions: 1...2)
        kv.storage[StorageKey.version(1, of: "a")] = nil
        check(kv.get("data/a", version: 1), status: 404)
    }

    @Test("damaged and newer entries are an error that shows nothing of them")
    func damage() throws {
        let kv = try KVMount()
        kv.write("a", versions: 1...1)
        kv.storage[StorageKey.secret("a")] = [9, 1, 2, 3]
        for reply in [kv.get("data/a"), kv.post("data/a", #"{"data":{}}"#), kv.get("metadata/a")] {
            #expect(reply.status == 500)
            #expect(reply.error?.contains("layout 9") == true)
        }
        kv.storage[StorageKey.secret("a")] = []
        check(kv.get("data/a"), status: 500, error: "the stored secret is damaged")
    }
}
