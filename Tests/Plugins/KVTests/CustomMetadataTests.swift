import JSON
import Paths
import PluginTesting
import Testing

@testable import KV

@Suite struct CustomMetadataTests {
    private static let prefix = "custom_metadata validation failed: "

    private func refusal(_ pairs: String) throws -> String {
        let kv = try KVMount()
        let reply = kv.post("metadata/a", "{\"custom_metadata\":\(pairs)}")
        #expect(reply.status == 400)
        check(kv.get("metadata/a"), status: 404)
        kv.write("a", versions: 1...1)
        let patched = kv.call(.patch, "metadata/a", "{\"custom_metadata\":\(pairs)}")
        #expect(patched.error == reply.error)
        return reply.error ?? ""
    }

    @Test("the limits are Vault's, and values at the limits are kept")
    func atLimits() throws {
        let kv = try KVMount()
        let key = String(repeating: "k", count: 128)
        let value = String(repeating: "v", count: 512)
        var pairs = (1..<64).map { "\"key\($0)\":\"x\"" }
        pairs.append("\"\(key)\":\"\(value)\"")
        let body = "{\"custom_metadata\":{\(pairs.joined(separator: ","))}}"
        check(kv.post("metadata/a", body), status: 204)
        #expect(kv.get("metadata/a")["custom_metadata", key] == .string(value))
        #expect(kv.get("metadata/a")["custom_metadata"]?.objectValue?.count == 64)
        #expect(kv.call(.patch, "metadata/a", #"{"custom_metadata":{"one":"more"}}"#).status == 400)
        #expect(
            kv.call(.patch, "metadata/a", #"{"custom_metadata":{"key1":null,"one":"more"}}"#).status
                == 204)
    }

    @Test("more than 64 keys are refused without a look at any of them")
    func tooMany() throws {
        let pairs = (0..<65).map { "\"\($0)\":\"\"" }.joined(separator: ",")
        #expect(
            try refusal("{\(pairs)}")
                == "1 error occurred:\n\t* \(Self.prefix)payload must contain at most 64 keys, "
                + "provided 65\n\n")
    }

    @Test("every fault is named, and no value is repeated")
    func faults() throws {
        let long = String(repeating: "S", count: 513)
        let error = try refusal(
            #"{"":"x","empty":"","long":"\#(long)","bad\u0007":"x","v":"a\u200bb"}"#)
        #expect(error.hasPrefix("5 errors occurred:\n\t* "))
        for part in [
            #"length of key "" is 0 but must be 0 < len(key) <= 128"#,
            #"length of value for key "empty" is 0 but must be 0 < len(value) <= 512"#,
            #"length of value for key "long" is 513 but must be 0 < len(value) <= 512"#,
            #"key "bad\u0007" contains unprintable characters"#,
            #"value for key "v" contains unprintable characters"#,
        ] {
            #expect(error.contains("\t* \(Self.prefix)\(part)\n"))
        }
        #expect(!error.contains("SSS"))
    }

    @Test("a key over the limit is refused in a message of bounded size")
    func longKey() throws {
        let error = try refusal("{\"\(String(repeating: "k", count: 100_000))\":\"x\"}")
        #expect(error.contains("is 100000 but must be 0 < len(key) <= 128"))
        #expect(error.utf8.count < 400)
    }

    @Test("limits count bytes, not characters")
    func bytes() throws {
        let error = try refusal("{\"k\":\"\(String(repeating: "é", count: 257))\"}")
        #expect(error.contains("is 514 but must be"))
    }

    @Test("only text can be a value; numbers and booleans are taken as Vault takes them")
    func types() throws {
        let kv = try KVMount()
        kv.post("metadata/a", #"{"custom_metadata":{"n":1.50,"t":true,"f":false}}"#)
        #expect(kv.get("metadata/a")["custom_metadata"] == ["n": "1.50", "t": "1", "f": "0"])
        for value in ["{\"x\":1}", "[1]"] {
            #expect(try refusal("{\"k\":\(value)}").contains("got unconvertible type"))
        }
    }

    @Test("two spellings of one letter are two keys")
    func spellings() throws {
        let kv = try KVMount()
        kv.post("metadata/a", #"{"custom_metadata":{"\u00e9":"1","e\u0301":"2"}}"#)
        kv.call(.patch, "metadata/a", #"{"custom_metadata":{"\u00e9":null}}"#)
        let left = kv.get("metadata/a")["custom_metadata"]?.objectValue
        #expect(left?.count == 1)
        #expect(left?["e\u{301}"] == "2")
    }
}
