import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing

@testable import KV

@Suite struct ListTests {
    @Test("a list has the names below a folder in byte order, folders with a slash")
    func names() throws {
        let kv = try KVMount()
        for path in ["b", "a", "a/x", "a/y/z", "B", "é", "a-b"] { kv.write(path, versions: 1...2) }
        let all = #"{"keys":["B","a","a-b","a/","b","é"]}"#
        #expect(kv.call(.list, "metadata").text == all)
        #expect(kv.call(.list, "metadata/").text == all)
        #expect(kv.call(.list, "metadata/a/").text == #"{"keys":["x","y/"]}"#)
        #expect(kv.call(.list, "metadata/a").text == #"{"keys":["x","y/"]}"#)
    }

    @Test("nothing below a path is 404, also below a secret and after the last one was removed")
    func empty() throws {
        let kv = try KVMount()
        check(kv.call(.list, "metadata/"), status: 404)
        kv.write("a", versions: 1...1)
        check(kv.call(.list, "metadata/a/"), status: 404)
        check(kv.call(.list, "metadata/a*/"), status: 404)
        kv.call(.delete, "data/a")
        #expect(kv.call(.list, "metadata/").status == 200)
        kv.call(.delete, "metadata/a")
        check(kv.call(.list, "metadata/"), status: 404)
    }

    @Test("more keys than fit one page are all listed")
    func manyPages() throws {
        let kv = try KVMount()
        let count = NameListing.pageNames * 2 + 500
        for number in 0..<count { kv.storage["v2/many/\(number)"] = [1] }
        let keys = try #require(kv.call(.list, "metadata/many/")["keys"]?.arrayValue)
        #expect(keys.count == count)
        #expect(Set(keys.compactMap(\.stringValue)) == Set((0..<count).map { "\($0)" }))
    }

    @Test("after and limit list in parts, which together are the whole")
    func parts() throws {
        let kv = try KVMount()
        for number in 1...7 { kv.write("k\(number)", versions: 1...1) }
        func part(_ query: String) -> [String] {
            kv.call(.list, "metadata/", query)["keys"]?.arrayValue?.compactMap(\.stringValue) ?? []
        }
        #expect(part(#"{"limit":"3"}"#) == ["k1", "k2", "k3"])
        #expect(part(#"{"limit":"3","after":"k3"}"#) == ["k4", "k5", "k6"])
        #expect(part(#"{"limit":"3","after":"k6"}"#) == ["k7"])
        #expect(part(#"{"limit":"0"}"#).count == 7)
        check(kv.call(.list, "metadata/", #"{"after":"k7"}"#), status: 404)
    }

    @Test("a list that is too long for one answer is refused and not cut off")
    func tooLong() throws {
        let kv = try KVMount()
        let name = String(repeating: "n", count: 4_000)
        let count = NameListing.maxBytes / 4_000 + 1
        for number in 0..<count { kv.storage["v2/\(number)\(name)"] = [1] }
        let reply = kv.call(.list, "metadata/")
        #expect(reply.status == 400)
        #expect(reply.error?.contains("\"limit\" and \"after\"") == true)
        #expect(kv.call(.list, "metadata/", #"{"limit":100}"#)["keys"]?.arrayValue?.count == 100)
    }
}
