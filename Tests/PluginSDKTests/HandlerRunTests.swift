import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing
import Wire

@Suite("A handler and what the runtime makes of its outcomes")
struct HandlerRunTests {
    @Test("an answer without storage takes no round trip")
    func plain() throws {
        let harness = EngineHarness(testEngine())
        #expect(try harness.call(.read, "plain").json == ["a": 1])
        #expect(try harness.call(.read, "none").data.isEmpty)
        #expect(harness.roundTrips == 0)
    }

    @Test("a read and a conditional write are two round trips, and one when the entry came along")
    func roundTrips() throws {
        let harness = EngineHarness(testEngine())
        try harness.call(.update, "counter/a")
        #expect(harness.roundTrips == 2)
        harness.prefetches = true
        #expect(try harness.call(.read, "counter/a").json == ["value": 1])
        #expect(harness.roundTrips == 2)
        try harness.call(.update, "counter/a")
        #expect(harness.roundTrips == 3)
        #expect(harness.storage["counter/a"] == [2])
    }

    @Test("a concurrent writer's change is not lost: the handler runs again on it")
    func conflict() throws {
        let witness = Witness()
        let harness = EngineHarness(testEngine(witness))
        harness.storage["counter/a"] = [10]
        harness.storage.beforeNextCommit { $0["counter/a"] = [20] }
        #expect(try harness.call(.update, "counter/a").json == ["value": 21])
        #expect(witness.count == 2)
    }

    @Test("an entry that appears between reading and writing is a conflict too")
    func appearance() throws {
        let harness = EngineHarness(testEngine())
        harness.storage.beforeNextCommit { $0["counter/a"] = [7] }
        #expect(try harness.call(.update, "counter/a").json == ["value": 8])
    }

    @Test("what came with the request is not used again after a conflict")
    func stalePrefetch() throws {
        let harness = EngineHarness(testEngine())
        harness.prefetches = true
        harness.storage["counter/a"] = [1]
        harness.storage.beforeNextCommit { $0["counter/a"] = [5] }
        #expect(try harness.call(.update, "counter/a").json == ["value": 6])
        // The refused commit, the fresh read, the commit.
        #expect(harness.roundTrips == 3)
    }

    @Test("sixteen tries, then the client is told to come back")
    func contention() throws {
        let witness = Witness()
        let harness = EngineHarness(testEngine(witness))
        harness.storage.injectConflicts(15)
        try harness.call(.update, "counter/a")
        #expect(witness.count == 16)
        harness.storage.injectConflicts(16)
        #expect(throws: PluginError(.unavailable, "")) { try harness.call(.update, "counter/a") }
        #expect(witness.count == 32)
        #expect(harness.storage["counter/a"] == [1])
    }

    @Test("reads are sent along for the operations that declare them")
    func readsPerOperation() throws {
        let handler: Handler = { _ in
            .read(["a", "b"]) { entries in
                .answer(.json((entries["a"] ?? []) + (entries["b"] ?? [])))
            }
        }
        let harness = EngineHarness(
            Engine(paths: [
                Path(
                    "some", [.read: handler, .update: handler, .delete: handler],
                    reads: [.read: ["a", "b"], .update: ["a"]], help: ""),
                Path("all", [.read: handler, .delete: handler], reads: ["a", "b"], help: ""),
            ]))
        harness.storage["a"] = [1]
        harness.prefetches = true
        func roundTrips(_ operation: Operation, _ path: String) throws -> Int {
            let before = harness.roundTrips
            #expect(try harness.call(operation, path).data == [1])
            return harness.roundTrips - before
        }
        #expect(try roundTrips(.read, "some") == 0)
        #expect(try roundTrips(.update, "some") == 1)
        #expect(try roundTrips(.delete, "some") == 1)
        #expect(try roundTrips(.read, "all") == 0)
        #expect(try roundTrips(.delete, "all") == 0)
        // Served by the update, for which one of them comes along.
        #expect(harness.storage.lastKeysRead == ["a", "b"])
        #expect(try roundTrips(.create, "some") == 1)
        #expect(harness.storage.lastKeysRead == ["b"])
    }

    @Test("own writes on the way are no conflict for the last one")
    func ownWrites() throws {
        let harness = EngineHarness(testEngine())
        harness.storage["first"] = [9]
        try harness.call(.update, "steps")
        #expect(harness.storage["first"] == [2])
        #expect(harness.storage["second"] == [2])
        #expect(harness.storage.commits == 2)
    }

    @Test("a conflict after an own write runs the handler again from its start")
    func conflictAfterOwnWrite() throws {
        let harness = EngineHarness(testEngine())
        harness.storage.beforeNextCommit { storage in
            storage.beforeNextCommit { $0["second"] = [77] }
        }
        try harness.call(.update, "steps")
        #expect(harness.storage["second"] == [2])
        #expect(harness.storage.commits == 3)
    }

    @Test("a write settles what was read before it: a later write is not conditional on it again")
    func settled() throws {
        let engine = Engine(paths: [
            Path("x", .update, reads: ["first", "second"], help: "") { _ in
                .read(["first"]) { _ in
                    .commit(batch("first", 1)) {
                        .answer(.none, writing: batch("third", 3))
                    }
                }
            }
        ])
        for prefetches in [false, true] {
            let harness = EngineHarness(engine)
            harness.prefetches = prefetches
            harness.storage.beforeNextCommit { storage in
                storage.beforeNextCommit { $0["first"] = [77] }
            }
            try harness.call(.update, "x")
            #expect(harness.storage["first"] == [77])
            #expect(harness.storage["third"] == [3])
            #expect(harness.storage.commits == 2)
        }
    }

    @Test("after a write an entry is read as it is then, also one that came with the request")
    func readAgain() throws {
        let harness = EngineHarness(
            Engine(paths: [
                Path("x", .update, reads: ["first", "second"], help: "") { _ in
                    .read(["first"]) { _ in
                        .commit(batch("second", 2)) {
                            .read(["first", "second"]) { entries in
                                .answer(.json((entries["first"] ?? []) + (entries["second"] ?? [])))
                            }
                        }
                    }
                }
            ]))
        harness.prefetches = true
        harness.storage["first"] = [1]
        #expect(try harness.call(.update, "x").data == [1, 2])
    }

    @Test("one run can move any number of entries", .timeLimit(.minutes(2)))
    func longRun() throws {
        let count = 12_000
        #expect(count > WireLimits.maxChangesPerCommit)
        let harness = EngineHarness(Engine(paths: [], initialize: { _ in move(0, of: count) }))
        for index in 0..<count { harness.storage["old/\(index)"] = [UInt8(index % 251)] }
        try harness.initialize()
        #expect(harness.storage.commits == count / 100)
        #expect(harness.storage.keys.count == count)
        #expect(harness.storage["new/11999"] == [UInt8(11_999 % 251)])
        #expect(harness.storage.mostPreconditions == 100)
    }

    @Test("entries are told apart by their bytes, not by how they look")
    func canonicalEquivalence() throws {
        let composed = "counter/\u{E9}"
        let decomposed = "counter/e\u{301}"
        let harness = EngineHarness(testEngine())
        for _ in 0..<2 { try harness.call(.update, composed) }
        try harness.call(.update, decomposed)
        #expect(harness.storage[composed] == [2])
        #expect(harness.storage[decomposed] == [1])

        let both = EngineHarness(
            Engine(paths: [
                Path("x", .read, help: "") { _ in
                    .read([composed, decomposed]) { entries in
                        .answer(.json((entries[composed] ?? []) + (entries[decomposed] ?? [])))
                    }
                }
            ]), storage: harness.storage)
        #expect(try both.call(.read, "x").data == [2, 1])
    }

    @Test("hundreds of entries can be read at once")
    func manyEntries() throws {
        let keys = (0..<300).map { "k\($0)" }
        let harness = EngineHarness(
            Engine(paths: [
                Path("x", .read, help: "") { _ in
                    .read(keys) { entries in
                        .answer(.json(keys.compactMap { entries[$0]?.first }))
                    }
                }
            ]))
        for (index, key) in keys.enumerated() { harness.storage[key] = [UInt8(index % 251)] }
        #expect(try harness.call(.read, "x").data == (0..<300).map { UInt8($0 % 251) })
        #expect(harness.roundTrips == 1)
    }

    @Test("a listing comes in pages")
    func listing() throws {
        let harness = EngineHarness(testEngine())
        for name in ["b", "a", "c"] { try harness.call(.update, "counter/\(name)") }
        #expect(
            try harness.call(.list, "names").json == ["keys": ["a", "b"], "more": true])
    }

    @Test("initialize runs with storage like any other request")
    func initialize() throws {
        let harness = EngineHarness(testEngine())
        try harness.initialize()
        #expect(harness.storage["initialised"] == [1])
    }

    @Test(
        "errors made for the client reach it, and others only say that there was one",
        arguments: [
            ("fail/denied", FailureCode.permissionDenied, "not you"),
            ("fail/late", .preconditionFailed, "cas"),
            ("fail/else", .internalError, "the plugin failed to handle the request"),
        ])
    func errors(path: String, code: FailureCode, text: String) throws {
        let harness = EngineHarness(testEngine())
        do {
            _ = try harness.call(.update, path)
            Issue.record("did not fail")
        } catch let error as PluginError {
            #expect(error.code == code)
            #expect(error.message == text)
        }
    }

    @Test("storage that fails is what the client is told")
    func storageFailure() throws {
        let harness = EngineHarness(testEngine())
        harness.storage.fail(PluginFailure(.unavailable, "sealed"))
        #expect(throws: PluginError(.unavailable, "")) { try harness.call(.read, "counter/a") }
        harness.storage.fail(nil)
        #expect(try harness.call(.read, "counter/a").data.isEmpty)
    }

    @Test("fields are converted, wrong ones refused, and unknown ones ignored")
    func fields() throws {
        let harness = EngineHarness(testEngine())
        #expect(try harness.call(.update, "counter/a", ["by": "5"]).json == ["value": 5])
        #expect(
            try harness.call(.update, "echo", ["known": "x", "unknown": [1, 2]]).json
                == ["known": "x"])
        #expect(throws: PluginError(.invalidRequest, "")) {
            try harness.call(.update, "counter/a", ["by": "many"])
        }
        #expect(throws: PluginError(.invalidRequest, "")) {
            try harness.call(.update, "counter/a", bytes: Array(#"{"by":1"#.utf8))
        }
        #expect(throws: PluginError(.invalidRequest, "")) {
            try harness.call(.update, "counter/a", bytes: Array("[1]".utf8))
        }
    }

    @Test("the client's data are looked at when a handler asks, and not before")
    func lazyFields() throws {
        let harness = EngineHarness(
            Engine(paths: [
                Path(
                    "bytes/:name", .update, fields: [.integer("by", required: true, "Number.")],
                    help: ""
                ) { request in
                    .answer(.json(Array((request.captures["name"] ?? "").utf8) + request.data))
                },
                Path("tree", .update, help: "") { request in
                    .answer(.data(["sent": try request.body() ?? "nothing"]))
                },
            ]))
        for text in ["", "[1", #"{"by":"many"}"#] {
            let answer = try harness.call(.update, "bytes/x", bytes: Array(text.utf8))
            #expect(String(decoding: answer.data, as: UTF8.self) == "x" + text)
        }
        #expect(try harness.call(.update, "tree", ["a": 1]).json == ["sent": ["a": 1]])
        #expect(try harness.call(.update, "tree").json == ["sent": "nothing"])
        #expect(throws: PluginError(.invalidRequest, "")) {
            try harness.call(.update, "tree", bytes: Array("[1".utf8))
        }
    }

    @Test("a path or an operation that is not there is named as Vault names it")
    func routing() throws {
        let harness = EngineHarness(testEngine())
        #expect(throws: PluginError(.unsupportedPath, "")) { try harness.call(.read, "nowhere") }
        #expect(throws: PluginError(.unsupportedOperation, "")) {
            try harness.call(.delete, "plain")
        }
        // A path that makes no difference serves a create by its update.
        #expect(try harness.call(.create, "counter/new").json == ["value": 1])
    }

    @Test("help comes from the definition of the path")
    func help() throws {
        let harness = EngineHarness(testEngine())
        let text = try harness.call(.help, "counter/a").json["help"]?.stringValue ?? ""
        #expect(text.contains("Counts.") && text.contains("by (integer)"))
        let all = try harness.call(.help, "").json["help"]?.stringValue ?? ""
        #expect(all.contains("counter/:name") && all.contains("plain"))
    }

    @Test("a handler that never comes to an end is ended")
    func endless() throws {
        let harness = EngineHarness(testEngine())
        #expect(throws: PluginError(.internalError, "")) { try harness.call(.read, "forever") }
    }

    @Test("a batch beyond the protocol's bound is refused before it is sent")
    func hugeBatch() throws {
        let engine = Engine(paths: [
            Path("x", .update, help: "") { _ in
                var batch = WriteBatch()
                for index in 0...WireLimits.maxChangesPerCommit { batch.delete("k\(index)") }
                return .answer(.none, writing: batch)
            }
        ])
        let harness = EngineHarness(engine)
        #expect(throws: PluginError(.invalidRequest, "")) { try harness.call(.update, "x") }
        #expect(harness.roundTrips == 0)
    }
}

private func batch(_ key: String, _ value: UInt8) -> WriteBatch {
    var batch = WriteBatch()
    batch.put(key, [value])
    return batch
}

/// Moves a hundred entries at a time from one folder to another.
private func move(_ start: Int, of count: Int) -> Outcome {
    guard start < count else { return .answer(.none) }
    let indices = start..<min(start + 100, count)
    return .read(indices.map { "old/\($0)" }) { entries in
        var batch = WriteBatch()
        for index in indices {
            batch.put("new/\(index)", entries["old/\(index)"] ?? [])
            batch.delete("old/\(index)")
        }
        return .commit(batch) { move(start + 100, of: count) }
    }
}
