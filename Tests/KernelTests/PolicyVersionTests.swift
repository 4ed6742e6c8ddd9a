// Check-and-set, patches, ends and lists of policies.

import Clock
import JSON
import KernelTesting
import Paths
import Testing

@testable import Kernel

@Suite struct PolicyVersionTests {
    static let path = "sys/policies/acl/team/app"
    static let text: JSONValue = "path \"a\" { capabilities = [\"read\"] }"
    static let other: JSONValue = "path \"b\" { capabilities = [\"read\"] }"

    @Test("every write raises the version") func versions() async throws {
        let server = try await TestCore()
        for version in 1...3 {
            _ = await server.call(.update, Self.path, ["policy": Self.text])
            let data = await server.call(.read, Self.path).data
            #expect(data?["version"] == .int(version))
            #expect(data?["cas_required"] == false)
            #expect(data?["modified"]?.stringValue.flatMap { Timestamp(rfc3339: $0) } != nil)
        }
        #expect(await server.call(.read, "sys/policies/acl/default").data?["version"] == 0)
    }

    @Test("check-and-set refuses what is not the version") func checkAndSet() async throws {
        let server = try await TestCore()
        func write(_ cas: Int) async -> Int {
            await server.call(.update, Self.path, ["policy": Self.text, "cas": .int(cas)]).status
        }
        #expect(await write(0) == 400)
        #expect(await write(-1) == 204)
        #expect(await write(-1) == 400)
        #expect(await write(1) == 204)
        #expect(await write(1) == 400)
        #expect(await server.call(.read, Self.path).data?["version"] == 2)
    }

    @Test("once demanded, a write without cas is refused, patches too")
    func checkAndSetDemanded() async throws {
        let server = try await TestCore()
        let demanding: JSONValue = ["policy": Self.text, "cas_required": true]
        #expect(await server.call(.update, Self.path, demanding).status == 400)
        let first: JSONValue = ["policy": Self.text, "cas_required": true, "cas": -1]
        #expect(await server.call(.update, Self.path, first).status == 204)
        #expect(await server.call(.read, Self.path).data?["cas_required"] == true)
        #expect(await server.call(.update, Self.path, ["policy": Self.text]).status == 400)
        #expect(await server.call(.patch, Self.path, ["policy": Self.other]).status == 400)
        #expect(
            await server.call(.patch, Self.path, ["policy": Self.other, "cas": 1]).status == 204)
        #expect(await server.call(.read, Self.path).data?["cas_required"] == true)
        let last: JSONValue = ["policy": Self.text, "cas": 2]
        #expect(await server.call(.update, Self.path, last).status == 204)
        #expect(await server.call(.read, Self.path).data?["cas_required"] == false)
    }

    @Test("a patch leaves what it does not name, and makes nothing") func patch() async throws {
        let server = try await TestCore()
        #expect(await server.call(.patch, Self.path, ["policy": Self.text]).status == 404)
        _ = await server.call(.update, Self.path, ["policy": Self.text, "ttl": "1h"])
        let end = await server.call(.read, Self.path).data?["expiration"]
        #expect(end != nil)
        _ = await server.call(.patch, Self.path, ["policy": Self.other])
        let patched = await server.call(.read, Self.path).data
        #expect(patched?["policy"] == Self.other)
        #expect(patched?["expiration"] == end)
        _ = await server.call(.update, Self.path, ["policy": Self.text])
        #expect(await server.call(.read, Self.path).data?["expiration"] == nil)
    }

    @Test(
        "an end that cannot be is refused",
        arguments: [
            ["expiration": "2020-01-01T00:00:00Z"], ["expiration": "tomorrow"],
            ["expiration": "2999-01-01T00:00:00Z", "ttl": "1h"], ["ttl": "-1h"],
        ] as [JSONObject])
    func wrongEnds(_ end: JSONObject) async throws {
        let server = try await TestCore()
        var body = end
        body["policy"] = Self.text
        #expect(await server.call(.update, Self.path, .object(body)).status == 400)
        #expect(await server.call(.read, Self.path).status == 404)
    }

    @Test("lists can be cut to a prefix, and show details") func lists() async throws {
        let server = try await TestCore()
        for name in ["team/app", "team/ops", "teams/x"] {
            _ = await server.call(.update, "sys/policies/acl/\(name)", ["policy": Self.text])
        }
        for path in [
            "sys/policies/acl/team/", "sys/policy/Team/", "sys/policies/detailed/acl/team/",
        ] {
            #expect(await server.call(.list, path).data?["keys"] == ["team/app", "team/ops"])
        }
        let all = await server.call(.list, "sys/policies/detailed/acl/").data
        #expect(all?["keys"]?.arrayValue?.count == 5)
        #expect(all?["key_info"]?["teams/x"]?["policy"] == Self.text)
        #expect(all?["key_info"]?["teams/x"]?["version"] == 1)
    }

    @Test("policies of before there were records are read as they are") func plainTexts() throws {
        let record = try PolicyRecord(decoding: Array("path \"a\" {}".utf8))
        #expect(record == PolicyRecord(text: "path \"a\" {}"))
    }

    @Test("a record survives being stored, its end above all") func stored() throws {
        var record = PolicyRecord(text: "path \"a\" {}", version: 7)
        record.expiration = Timestamp(seconds: 4_000_000_000)
        record.modified = Timestamp(seconds: 1_800_000_000)
        record.requiresCheckAndSet = true
        #expect(try PolicyRecord(decoding: record.encoded()) == record)
        let broken = Array("\u{1}{\"text\":\"\",\"version\":1,\"expiration\":\"never\"}".utf8)
        #expect(throws: PolicyError.self) { try PolicyRecord(decoding: broken) }
    }
}
