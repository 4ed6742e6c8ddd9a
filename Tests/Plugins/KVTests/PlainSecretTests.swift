import JSON
import Paths
import PluginTesting
import Testing

@testable import KV

@Suite struct PlainSecretTests {
    @Test(
        "what was written is returned byte for byte",
        arguments: [
            #"{"a":1}"#,
            #"{"big":123456789012345678901234567890,"e":1.50e+3,"z":0.10,"neg":-0}"#,
            #"{"b":1,"a":{"z":[1,{"y":null}],"é":"\u00e9"},"":""}"#,
            #"{ "spaced" : [ true , false ] }"#,
        ])
    func roundTrip(body: String) throws {
        let kv = try KVMount(version: nil)
        check(kv.post("app/db", body), status: 204)
        let reply = kv.get("app/db")
        #expect(reply.status == 200)
        #expect(reply.text == body)
    }

    @Test("version 1 is what a mount without the option gets")
    func defaultVersion() throws {
        let kv = try KVMount(version: nil)
        kv.post("data/x", #"{"data":{}}"#)
        #expect(kv.get("data/x").text == #"{"data":{}}"#)
    }

    @Test("a version that does not exist is refused at the mount")
    func unknownVersion() {
        #expect(throws: (any Error).self) { try KVMount(version: "3") }
    }

    @Test("a write replaces the whole secret")
    func overwrite() throws {
        let kv = try KVMount(version: "1")
        kv.post("a", #"{"x":1,"y":2}"#)
        kv.post("a", #"{"y":3}"#)
        #expect(kv.get("a").text == #"{"y":3}"#)
    }

    @Test("a write without fields is refused", arguments: ["", "{}", " { } "])
    func noFields(body: String) throws {
        let kv = try KVMount(version: "1")
        check(kv.post("a", body), status: 400, error: "missing data fields")
        #expect(kv.get("a").status == 404)
    }

    @Test("a delete removes the secret of exactly that name")
    func deletion() throws {
        let kv = try KVMount(version: "1")
        for path in ["a", "a/b", "ab", "*", "a*"] { kv.post(path, #"{"v":1}"#) }
        check(kv.call(.delete, "a*"), status: 204)
        check(kv.call(.delete, "a/"), status: 204)
        check(kv.call(.delete, "*"), status: 204)
        check(kv.call(.delete, "missing"), status: 204)
        #expect(kv.get("a*").status == 404)
        for path in ["a", "a/b", "ab"] { #expect(kv.get(path).status == 200) }
    }

    @Test("a path with a slash at its end cannot be written or read")
    func trailingSlash() throws {
        let kv = try KVMount(version: "1")
        check(
            kv.post("a/", #"{"v":1}"#), status: 400,
            error: "cannot write to a path ending in '/'")
        kv.post("a", #"{"v":1}"#)
        #expect(kv.get("a/").status == 404)
        check(kv.post("", #"{"v":1}"#), status: 400, error: "missing path")
    }

    @Test(
        "the field ttl, or else lease, becomes the lease duration",
        arguments: [
            (#"{"ttl":"1h"}"#, 3600), (#"{"ttl":30}"#, 30), (#"{"ttl":"90"}"#, 90),
            (#"{"lease":"1h30m"}"#, 5400), (#"{"lease":"5","ttl":"7"}"#, 7),
            (#"{"ttl":"2d"}"#, 172_800), (#"{"v":1}"#, 2_764_800),
            (#"{"ttl":"soon"}"#, 2_764_800), (#"{"ttl":-5}"#, 2_764_800),
            (#"{"ttl":"-5s"}"#, 2_764_800), (#"{"ttl":{"a":1}}"#, 2_764_800),
            (#"{"ttl":99999999999999999999}"#, 2_764_800),
        ] as [(String, UInt64)])
    func leaseDuration(body: String, seconds: UInt64) throws {
        let kv = try KVMount(version: "1")
        kv.post("a", body)
        #expect(kv.get("a").leaseSeconds == seconds)
    }

    @Test("a list has the names below a folder, sorted, folders with a slash")
    func list() throws {
        let kv = try KVMount(version: "1")
        for path in ["b", "a", "a/x", "a/y/z", "B"] { kv.post(path, #"{"v":1}"#) }
        #expect(kv.call(.list, "").text == #"{"keys":["B","a","a/","b"]}"#)
        #expect(kv.call(.list, "a/").text == #"{"keys":["x","y/"]}"#)
        #expect(kv.call(.list, "a").text == #"{"keys":["x","y/"]}"#)
        check(kv.call(.list, "b/"), status: 404)
        check(kv.call(.list, "nothing/"), status: 404)
    }

    @Test("version 1 has no patch")
    func patch() throws {
        #expect(try KVMount(version: "1").call(.patch, "a", #"{"v":1}"#).status == 405)
    }

    @Test("a secret and a path over the limits are refused")
    func limits() throws {
        let kv = try KVMount(version: "1")
        let long = String(repeating: "x", count: Limits.maxSecretBytes)
        #expect(kv.post("a", "{\"v\":\"\(long)\"}").status == 400)
        let path = String(repeating: "p", count: Limits.maxPathBytes)
        check(kv.post(path, #"{"v":1}"#), status: 204)
        #expect(kv.post(path + "p", #"{"v":1}"#).status == 400)
        #expect(kv.get(path + "p").status == 404)
    }
}
