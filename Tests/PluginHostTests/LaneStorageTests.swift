import Kernel
import Paths
import Testing
import Wire

@testable import PluginHost

@Suite struct LaneStorageTests {
    private let lane: LaneFixture
    private let parent: UInt64

    init() async throws {
        lane = try LaneFixture(storage: try await TestStorage.make())
        try lane.makeReady()
        _ = lane.send(lane.request())
        parent = try #require(try lane.sent().last?.call)
    }

    private func ask(
        _ action: StorageAction, mount: MountID? = nil, parent: UInt64? = nil, call: UInt64 = 2
    ) throws -> StorageReply? {
        try lane.say(
            .storage(
                StorageRequest(
                    mount: mount ?? lane.mountID, parentCall: parent ?? self.parent, action: action)
            ),
            call)
        for frame in try lane.sent() where frame.call == call {
            if case .storageReply(let reply) = frame.message { return reply }
        }
        return nil
    }

    private func failure(_ reply: StorageReply?) -> FailureCode? {
        guard case .failure(let failure)? = reply else { return nil }
        return failure.code
    }

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test("an engine that was not granted it calls no database plugin")
    func databases() throws {
        let call = DatabaseCall(plugin: "x", operation: "type", data: bytes("{}"))
        #expect(failure(try ask(.database(call))) == .permissionDenied)
    }

    @Test("an intent is stored for a client's request, and for nothing that the core asks itself")
    func intent() throws {
        let commit = StorageAction.commit(StorageCommit(intent: [1, 2, 3]))
        guard case .committed? = try ask(commit) else {
            Issue.record("not committed")
            return
        }
        _ = lane.send(lane.request("x", .revoke, internalData: [7]))
        let sent = try #require(try lane.sent().last)
        guard case .request(let request) = sent.message else {
            Issue.record("no request")
            return
        }
        #expect(request.internalData == [7])
        #expect(failure(try ask(commit, parent: sent.call, call: 4)) == .unsupportedOperation)
    }

    @Test("a batch is written whole, read back with its revision, and listed")
    func roundTrip() throws {
        let commit = StorageCommit(puts: [
            StoragePut(key: bytes("a/b"), value: [1]), StoragePut(key: bytes("a/c"), value: [2]),
        ])
        guard case .committed(let revision)? = try ask(.commit(commit), call: 2) else {
            Issue.record("not committed")
            return
        }
        guard case .entries(let entries)? = try ask(.get([bytes("a/b"), bytes("no")]), call: 4)
        else {
            Issue.record("no entries")
            return
        }
        #expect(entries.map(\.value) == [[1], nil])
        #expect(entries.map(\.revision) == [revision, 0])
        #expect(
            try ask(.list(prefix: bytes("a/"), after: [], limit: 10), call: 6)
                == .names([bytes("b"), bytes("c")], more: false))
        #expect(
            try ask(.list(prefix: bytes("a/"), after: [], limit: 1), call: 8)
                == .names([bytes("b")], more: true))
    }

    @Test("a batch whose precondition does not hold writes nothing and says which key")
    func conflict() throws {
        let commit = StorageCommit(
            preconditions: [StoragePrecondition(key: bytes("k"), revision: 77)],
            puts: [StoragePut(key: bytes("k"), value: [1])])
        #expect(try ask(.commit(commit)) == .conflict(key: bytes("k")))
        #expect(try lane.storage.text("k") == nil)
    }

    /// A write of `key` that depends on its being there in revision 77, which it never is.
    private func stale(_ key: String = "k") -> StorageAction {
        .commit(
            StorageCommit(
                preconditions: [StoragePrecondition(key: bytes(key), revision: 77)],
                puts: [StoragePut(key: bytes(key), value: [1])]))
    }

    /// A write of `key` that depends on its not being there.
    private func fresh(_ key: String = "k") -> StorageAction {
        .commit(
            StorageCommit(
                preconditions: [StoragePrecondition(key: bytes(key), revision: 0)],
                puts: [StoragePut(key: bytes(key), value: [1])]))
    }

    private func replies() throws -> [UInt64: StorageReply] {
        var replies: [UInt64: StorageReply] = [:]
        for frame in try lane.sent() {
            if case .storageReply(let reply) = frame.message { replies[frame.call] = reply }
        }
        return replies
    }

    private func newRequest() throws -> UInt64 {
        _ = lane.send(lane.request())
        return try #require(try lane.sent().last?.call)
    }

    @Test("whoever met another writer tries again undisturbed; later ones wait for their turn")
    func turns() throws {
        let (second, third) = (try newRequest(), try newRequest())
        #expect(try ask(stale()) == .conflict(key: bytes("k")))
        #expect(try ask(stale(), parent: second, call: 4) == nil)
        // It would succeed, and the first would have read in vain once more.
        #expect(try ask(fresh(), parent: third, call: 6) == nil)
        #expect(try lane.storage.text("k") == nil)
        try lane.say(
            .storage(StorageRequest(mount: lane.mountID, parentCall: parent, action: fresh())), 8)
        let after = try replies()
        guard case .committed? = after[8] else {
            Issue.record("not committed")
            return
        }
        #expect(after[4] == .conflict(key: bytes("k")))
        #expect(after[6] == nil)
        try lane.say(.response(EngineResponse()), second)
        #expect(try replies()[6] == .conflict(key: bytes("k")))
    }

    @Test("a turn is for one key; writes of others go on")
    func otherKeys() throws {
        let second = try newRequest()
        #expect(try ask(stale()) == .conflict(key: bytes("k")))
        guard case .committed? = try ask(fresh("other"), parent: second, call: 4) else {
            Issue.record("not committed")
            return
        }
        // From one queue to the other: the first key is free again.
        #expect(try ask(stale("third"), call: 6) == .conflict(key: bytes("third")))
        guard case .committed? = try ask(fresh(), parent: second, call: 8) else {
            Issue.record("not committed")
            return
        }
    }

    @Test("a request that ends while it waits for its turn is answered and forgotten")
    func endedWaiter() throws {
        let second = try newRequest()
        #expect(try ask(stale()) == .conflict(key: bytes("k")))
        #expect(try ask(stale(), parent: second, call: 4) == nil)
        try lane.say(.response(EngineResponse()), second)
        #expect(failure(try replies()[4]) == .cancelled)
        let third = try newRequest()
        #expect(try ask(stale(), parent: third, call: 6) == nil)
        lane.advance(milliseconds: 2_000)
        _ = try lane.sent()
        let fourth = try newRequest()
        guard case .committed? = try ask(fresh(), parent: fourth, call: 8) else {
            Issue.record("a turn outlived its request")
            return
        }
    }

    @Test("the storage of a mount that the process was not given is closed to it")
    func foreignMount() throws {
        let reply = try ask(.get([bytes("a")]), mount: MountID(high: 1, low: 1))
        #expect(failure(reply) == .permissionDenied)
    }

    @Test("a write for a request that has ended is not made")
    func endedParent() throws {
        let commit = StorageCommit(puts: [StoragePut(key: bytes("late"), value: [1])])
        try lane.say(.response(EngineResponse()), parent)
        #expect(failure(try ask(.commit(commit))) == .cancelled)
        #expect(try lane.storage.text("late") == nil)
    }

    @Test("a write for a request whose deadline has passed is not made")
    func expiredParent() throws {
        lane.advance(milliseconds: 2_000)
        _ = try lane.sent()
        let commit = StorageCommit(puts: [StoragePut(key: bytes("late"), value: [1])])
        #expect(failure(try ask(.commit(commit))) == .cancelled)
        #expect(try lane.storage.text("late") == nil)
    }

    @Test(
        "a key that is none is refused",
        arguments: ["", "/a", "a/", "a//b", "../x", "a/../../x", ".", "a\0b"])
    func badKeys(_ key: String) throws {
        #expect(failure(try ask(.get([bytes(key)]), call: 2)) == .invalidRequest)
        let commit = StorageCommit(
            puts: [
                StoragePut(key: bytes("good"), value: [1]), StoragePut(key: bytes(key), value: [1]),
            ])
        #expect(failure(try ask(.commit(commit), call: 4)) == .invalidRequest)
        #expect(try lane.storage.text("good") == nil)
    }

    @Test("a key that is not UTF-8 is refused and not repaired into another")
    func notUTF8() throws {
        #expect(failure(try ask(.get([[0x61, 0xFF]]))) == .invalidRequest)
    }

    @Test("after its unmount the mount's storage is closed to the plugin")
    func unmounted() throws {
        lane.connection.unmount(lane.mountID) {}
        _ = try lane.sent()
        #expect(failure(try ask(.get([bytes("a")]))) == .permissionDenied)
    }
}
