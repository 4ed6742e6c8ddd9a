// Engines that keep entries in memory are told what changes, and writers wait until they know.

import Kernel
import Paths
import Synchronization
import Testing
import Wire

@testable import PluginHost

@Suite struct InvalidationTests {
    private func lane(
        _ storage: MountStorage, wanted: Bool = true
    ) throws -> LaneFixture {
        let lane = try LaneFixture(storage: storage)
        try lane.makeReady(mountReply: MountReply(wantsInvalidations: wanted))
        return lane
    }

    /// Writes `keys`, deletes `gone`, as the plugin of this lane would.
    private func commit(_ lane: LaneFixture, _ keys: [String], _ gone: [String] = []) throws {
        _ = lane.send(lane.request())
        let parent = try #require(try lane.sent().last?.call)
        try lane.say(
            .storage(
                StorageRequest(
                    mount: lane.mountID, parentCall: parent,
                    action: .commit(
                        StorageCommit(
                            puts: keys.map { StoragePut(key: Array($0.utf8), value: [1]) },
                            deletes: gone.map { Array($0.utf8) })))), 2)
    }

    private func told(_ frames: [(call: UInt64, message: Message)]) -> [String] {
        frames.compactMap {
            guard case .invalidate(let entry) = $0.message else { return nil }
            return String(decoding: entry.key, as: UTF8.self)
        }
    }

    private func isCommitted(_ frames: [(call: UInt64, message: Message)]) -> Bool {
        frames.contains {
            if case .storageReply(.committed) = $0.message { true } else { false }
        }
    }

    private func pings(_ frames: [(call: UInt64, message: Message)]) -> [UInt64] {
        frames.compactMap { if case .ping = $0.message { $0.call } else { nil } }
    }

    @Test("each key of a write is told on every lane, and the writer waits for all of them")
    func everyLane() async throws {
        let storage = try await TestStorage.make()
        let (writer, other) = (try lane(storage), try lane(storage))
        try commit(writer, ["a", "b"], ["c"])
        for one in [writer, other] {
            let frames = try one.sent()
            #expect(told(frames) == ["a", "b", "c"])
            #expect(!isCommitted(frames))
            let ping = try #require(pings(frames).first)
            try one.say(.pong, ping)
        }
        #expect(isCommitted(try writer.sent()))
    }

    @Test("an engine that does not ask for it is told nothing and waited for by nobody")
    func unwanted() async throws {
        let storage = try await TestStorage.make()
        let (writer, other) = (try lane(storage, wanted: false), try lane(storage, wanted: false))
        try commit(writer, ["a"])
        let frames = try writer.sent()
        #expect(isCommitted(frames) && told(frames).isEmpty && pings(frames).isEmpty)
        #expect(try other.sent().isEmpty)
    }

    @Test("changes that no plugin made are told, those of other mounts are not")
    func others() async throws {
        let storage = try await TestStorage.make()
        let lane = try lane(storage)
        let isDone = Mutex(false)
        storage.commit(preconditions: [], puts: [("k", [1])], deletes: []) { _ in
            isDone.withLock { $0 = true }
        }
        let frames = try lane.sent()
        #expect(told(frames) == ["k"])
        #expect(isDone.withLock { $0 } == false)
        try lane.say(.pong, try #require(pings(frames).first))
        #expect(isDone.withLock { $0 })
        _ = await (try TestStorage.make(prefix: "other/")).put("k", "v")
        #expect(try lane.sent().isEmpty)
    }

    @Test("a write that failed changes nothing, and nothing is told") func conflict() async throws {
        let storage = try await TestStorage.make()
        let lane = try lane(storage)
        let isDone = Mutex(false)
        storage.commit(preconditions: [("k", 77)], puts: [("k", [1])], deletes: []) { _ in
            isDone.withLock { $0 = true }
        }
        #expect(isDone.withLock { $0 })
        #expect(try lane.sent().isEmpty)
    }

    @Test("a plugin that ends holds up no writer", arguments: ["lost", "unmounted", "drained"])
    func ended(how: String) async throws {
        let storage = try await TestStorage.make()
        let (writer, other) = (try lane(storage), try lane(storage))
        switch how {
        case "lost":
            try commit(writer, ["a"])
            _ = try other.sent()
            other.connection.close(.lost)
        case "unmounted":
            other.connection.unmount(other.mountID) {}
            _ = try other.sent()
            try commit(writer, ["a"])
            #expect(try other.sent().isEmpty)
        default:
            other.connection.drain()
            _ = try other.sent()
            try commit(writer, ["a"])
            #expect(told(try other.sent()) == ["a"])
        }
        let frames = try writer.sent()
        try writer.say(.pong, try #require(pings(frames).first))
        _ = try other.sent()
        #expect(isCommitted(try writer.sent()))
    }

    @Test("what was written is never read as it was before, on whichever lane the reader comes")
    func noStaleReads() async throws {
        try await Host.with(["coffer-plugin-test"]) { host in
            let backend = try await host.mount("test", options: ["remember": "yes"])
            for number in 0..<200 {
                let data = "{\"number\":\(number)}"
                let (one, two) = (number % 2, (number + 1) % 2)
                // Readers that are under way fill the memory with what is about to be old.
                async let busy = withTaskGroup(of: Void.self) { group in
                    for lane in 0..<8 {
                        group.addTask {
                            _ = await backend.call(.read, "remembered/x", lane: lane % 2, in: host)
                        }
                    }
                }
                let written = await backend.call(.update, "data/x", data, lane: one, in: host)
                #expect(written.failure == nil)
                #expect(
                    await backend.call(.read, "remembered/x", lane: two, in: host).text == data)
                _ = await busy
            }
        }
    }
}
