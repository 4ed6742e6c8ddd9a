import JSON
import Paths
import PluginTesting
import Testing

@testable import KV

@Suite struct MetadataTests {
    @Test("metadata have all of Vault's fields")
    func shape() throws {
        let kv = try KVMount()
        kv.write("a", versions: 1...1)
        kv.advance(seconds: 90)
        kv.write("a", versions: 2...2)
        kv.call(.delete, "data/a")
        #expect(
            kv.get("metadata/a").text
                == #"{"cas_required":false,"created_time":"2023-11-14T22:13:20Z","#
                + #""current_version":2,"custom_metadata":null,"delete_version_after":"0s","#
                + #""max_versions":0,"oldest_version":0,"updated_time":"2023-11-14T22:14:50Z","#
                + #""versions":{"1":{"created_time":"2023-11-14T22:13:20Z","deletion_time":"","#
                + #""destroyed":false},"2":{"created_time":"2023-11-14T22:14:50Z","#
                + #""deletion_time":"2023-11-14T22:14:50Z","destroyed":false}}}"#)
    }

    @Test("settings can be written before there is a version, and the first version is 1")
    func before() throws {
        let kv = try KVMount()
        check(
            kv.post(
                "metadata/a",
                #"{"max_versions":3,"delete_version_after":"3h25m19s","custom_metadata":{"o":"x"}}"#
            ),
            status: 204)
        let metadata = kv.get("metadata/a")
        #expect(metadata["current_version"] == 0)
        #expect(metadata["versions"] == [:])
        #expect(metadata["max_versions"] == 3)
        #expect(metadata["delete_version_after"] == "3h25m19s")
        #expect(metadata["custom_metadata"] == ["o": "x"])
        check(kv.get("data/a"), status: 404)
        check(kv.call(.delete, "data/a"), status: 204)
        let written = kv.post("data/a", #"{"options":{"cas":0},"data":{}}"#)
        #expect(written["version"] == 1)
        #expect(written["custom_metadata"] == ["o": "x"])
    }

    @Test("a write changes what it names and keeps the rest; one that names nothing makes nothing")
    func partial() throws {
        let kv = try KVMount()
        check(kv.post("metadata/a", ""), status: 204)
        // With a warning, for which there has to be a body.
        check(kv.post("metadata/a", #"{"other":1}"#), status: 200)
        check(kv.get("metadata/a"), status: 404)
        kv.post("metadata/a", #"{"max_versions":3,"cas_required":true}"#)
        kv.post("metadata/a", #"{"custom_metadata":{"a":"1","b":"2"}}"#)
        kv.post("metadata/a", #"{"custom_metadata":{"b":"3"},"max_versions":"4"}"#)
        let metadata = kv.get("metadata/a")
        #expect(metadata["max_versions"] == 4)
        #expect(metadata["cas_required"] == true)
        #expect(metadata["custom_metadata"] == ["b": "3"])
        kv.post("metadata/a", #"{"custom_metadata":{}}"#)
        #expect(kv.get("metadata/a")["custom_metadata"] == .null)
    }

    @Test("a patch merges, and null sets back")
    func patch() throws {
        let kv = try KVMount()
        kv.post(
            "metadata/a",
            #"{"max_versions":3,"cas_required":true,"delete_version_after":"1h","#
                + #""custom_metadata":{"a":"1","b":"2"}}"#)
        check(
            kv.call(.patch, "metadata/a", #"{"custom_metadata":{"a":null,"c":"3"}}"#), status: 204)
        #expect(kv.get("metadata/a")["custom_metadata"] == ["b": "2", "c": "3"])
        #expect(kv.get("metadata/a")["max_versions"] == 3)
        check(
            kv.call(
                .patch, "metadata/a",
                #"{"max_versions":null,"cas_required":null,"delete_version_after":null}"#),
            status: 204)
        let metadata = kv.get("metadata/a")
        #expect(metadata["max_versions"] == 0)
        #expect(metadata["cas_required"] == false)
        #expect(metadata["delete_version_after"] == "0s")
        kv.call(.patch, "metadata/a", #"{"custom_metadata":null}"#)
        #expect(kv.get("metadata/a")["custom_metadata"] == .null)
    }

    @Test("a patch cannot touch what the engine keeps, nor make a secret")
    func patchBounds() throws {
        let kv = try KVMount()
        check(kv.call(.patch, "metadata/a", #"{"max_versions":1}"#), status: 404, error: "")
        kv.write("a", versions: 1...1)
        kv.call(
            .patch, "metadata/a",
            #"{"current_version":9,"versions":null,"created_time":"x","max_versions":2}"#)
        #expect(kv.get("metadata/a")["current_version"] == 1)
        #expect(kv.get("data/a").status == 200)
    }

    @Test(
        "settings that mean nothing are refused",
        arguments: [
            #"{"max_versions":-1}"#, #"{"max_versions":10001}"#, #"{"max_versions":"x"}"#,
            #"{"max_versions":1e99}"#, #"{"cas_required":"maybe"}"#,
            #"{"delete_version_after":"-1s"}"#, #"{"delete_version_after":"soon"}"#,
            #"{"delete_version_after":[]}"#, #"{"delete_version_after":"99999999999h"}"#,
            #"{"custom_metadata":"x"}"#,
        ])
    func nonsense(body: String) throws {
        let kv = try KVMount()
        #expect(kv.post("metadata/a", body).status == 400)
        check(kv.get("metadata/a"), status: 404)
        kv.write("a", versions: 1...1)
        let before = kv.storage[StorageKey.secret("a")]
        #expect(kv.call(.patch, "metadata/a", body).status == 400)
        #expect(kv.storage[StorageKey.secret("a")] == before)
    }

    @Test("switching cas off for a secret while the mount requires it gets a warning")
    func warning() throws {
        let kv = try KVMount()
        kv.post("config", #"{"cas_required":true}"#)
        let text =
            "\"cas_required\" set to false, but is mandated by backend config. "
            + "This value will be ignored."
        #expect(kv.post("metadata/a", #"{"cas_required":false}"#).warnings == [text])
        #expect(kv.call(.patch, "metadata/a", #"{"cas_required":false}"#).warnings == [text])
        #expect(kv.post("metadata/a", #"{"cas_required":true}"#).warnings.isEmpty)
    }
}
