import JSON
import Paths
import PluginTesting
import Testing

@testable import KV

@Suite struct ConfigTests {
    @Test("the configuration has Vault's defaults")
    func defaults() throws {
        #expect(
            try KVMount().get("config").text
                == #"{"cas_required":false,"delete_version_after":"0s","max_versions":0}"#)
    }

    @Test("a write changes what it names and keeps the rest")
    func partial() throws {
        let kv = try KVMount()
        check(
            kv.post("config", #"{"max_versions":5,"delete_version_after":"3h25m19s"}"#), status: 204
        )
        check(kv.post("config", #"{"cas_required":"true"}"#), status: 204)
        check(kv.post("config", ""), status: 204)
        #expect(
            kv.get("config").text
                == #"{"cas_required":true,"delete_version_after":"3h25m19s","max_versions":5}"#)
    }

    @Test(
        "settings that mean nothing are refused",
        arguments: [
            #"{"max_versions":-1}"#, #"{"max_versions":10001}"#, #"{"max_versions":[]}"#,
            #"{"cas_required":"x"}"#, #"{"delete_version_after":"x"}"#,
            #"{"delete_version_after":{}}"#,
        ])
    func nonsense(body: String) throws {
        let kv = try KVMount()
        kv.post("config", #"{"max_versions":5}"#)
        #expect(kv.post("config", body).status == 400)
        #expect(kv.get("config")["max_versions"] == 5)
    }

    @Test("a secret called config is not the configuration")
    func sameName() throws {
        let kv = try KVMount()
        kv.write("config", versions: 1...1)
        kv.write("upgrade", versions: 1...1)
        #expect(kv.get("config")["max_versions"] == 0)
        #expect(kv.get("data/config")["data", "n"] == 1)
        #expect(kv.get("data/upgrade")["data", "n"] == 1)
    }

    @Test("two changes at once are both in the result")
    func race() throws {
        let kv = try KVMount()
        kv.beforeNextCommit {
            kv.post("config", #"{"max_versions":7}"#)
        }
        kv.post("config", #"{"cas_required":true}"#)
        #expect(kv.get("config")["max_versions"] == 7)
        #expect(kv.get("config")["cas_required"] == true)
    }
}
