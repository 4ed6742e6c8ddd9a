// The engine without a process: `EngineHarness` runs its handlers as the plugin's runtime does.

import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing

@testable import Checkout

@Suite struct CheckoutTests {
    let engine: EngineHarness

    init() throws {
        engine = try EngineHarness(CheckoutPlugin())
        try engine.call(.update, "sets/ci", ["accounts": ["ci-1": "one", "ci-2": "two"]])
    }

    private func checkOut(_ data: JSONValue? = nil) throws -> Answer {
        try engine.call(.update, "check-out/ci", data)
    }

    private func state(_ name: String) throws -> JSONValue? {
        try engine.call(.read, "sets/ci").json["accounts"]?[name]
    }

    @Test("each account is given to one at a time, and back with the end of its lease")
    func lending() throws {
        let first = try checkOut()
        #expect(try first.json == ["username": "ci-1", "password": "one"])
        #expect(try checkOut().json["username"] == "ci-2")
        #expect(throws: PluginError(.invalidRequest, "")) { try checkOut() }

        let lease = try #require(first.lease)
        #expect(lease.ttlSeconds == 3_600 && lease.renewable)
        try engine.call(.revoke, "check-out/ci", keeping: lease.internalData)
        #expect(try state("ci-1") == "free" && state("ci-2") == "checked out")
    }

    @Test("the end of an old lease does not take an account from its next holder")
    func oldLease() throws {
        var kept: [[UInt8]] = []
        for _ in 0..<2 {
            let lease = try #require(try checkOut().lease)
            kept.append(lease.internalData)
        }
        let stranger = try #require(String(decoding: kept[0], as: UTF8.self).firstRange(of: "0001"))
        var text = String(decoding: kept[0], as: UTF8.self)
        text.replaceSubrange(stranger, with: "ffff")
        try engine.call(.revoke, "check-out/ci", keeping: Array(text.utf8))
        #expect(try state("ci-1") == "checked out")
        // Twice is no mistake.
        for _ in 0..<2 { try engine.call(.revoke, "check-out/ci", keeping: kept[0]) }
        #expect(try state("ci-1") == "free")
    }

    @Test("two who come at the same moment get two accounts")
    func atOnce() throws {
        engine.storage.beforeNextCommit { storage in
            // Somebody else is faster.
            let other =
                #"{"ttl":60,"accounts":{"ci-1":{"password":"one","holder":"other"},"#
                + #""ci-2":{"password":"two"}}}"#
            storage["sets/ci"] = Array(other.utf8)
        }
        #expect(try checkOut().json["username"] == "ci-2")
    }

    @Test("a check-out that nobody heard the end of is undone by what it wrote down before")
    func rollback() throws {
        _ = try checkOut()
        let intent = try #require(engine.storage.intents.last)
        try engine.call(.rollback, "check-out/ci", keeping: intent)
        #expect(try state("ci-1") == "free")
    }

    @Test("an account that somebody has neither goes nor loses its holder")
    func changes() throws {
        _ = try checkOut()
        #expect(throws: PluginError(.invalidRequest, "")) {
            try engine.call(.update, "sets/ci", ["accounts": ["ci-2": "two"]])
        }
        #expect(throws: PluginError(.invalidRequest, "")) { try engine.call(.delete, "sets/ci") }
        try engine.call(.update, "sets/ci", ["accounts": ["ci-1": "new", "ci-3": "three"]])
        #expect(try state("ci-1") == "checked out" && state("ci-2") == nil)
    }

    @Test("reading a set shows no password")
    func passwords() throws {
        let text = String(decoding: try engine.call(.read, "sets/ci").data, as: UTF8.self)
        #expect(!text.contains("one") && text.contains("free"))
        #expect(try engine.call(.list, "sets/").json["keys"] == ["ci"])
        #expect(try engine.call(.read, "sets/other").data.isEmpty)
    }
}
