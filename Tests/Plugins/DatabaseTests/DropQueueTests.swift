// Users that are dropped together, and what becomes of each when that fails.

import Glibc
import Synchronization
import Testing

@testable import Database

@Suite struct DropQueueTests {
    /// Steps that begin when they are let go, and how each user's drop ended.
    private final class Desk: Sendable {
        let queue = DropQueue(mostTogether: 4)
        let gate = Slots(0)
        let ended = Slots(0)
        let groups = Mutex<[[String]]>([])
        let results = Mutex<[String: Result<Void, DatabaseError>]>([:])
        /// Steps with this user fail.
        let bad: String
        let code: DatabaseError.Code

        init(bad: String = "", _ code: DatabaseError.Code = .failed) {
            self.bad = bad
            self.code = code
        }

        /// On a thread of its own, since it blocks.
        func drop(_ name: String) {
            let context = Unmanaged.passRetained(Piece { self.dropNow(name) }).toOpaque()
            var thread = pthread_t()
            pthread_create(
                &thread, nil,
                { context in
                    guard let context else { return nil }
                    Unmanaged<Piece>.fromOpaque(context).takeRetainedValue().run()
                    return nil
                }, context)
            pthread_detach(thread)
        }

        private func dropNow(_ name: String) {
            let result = Result { () throws(DatabaseError) in
                try queue.drop(name) { (names) throws(DatabaseError) in
                    groups.withLock { $0.append(names) }
                    _ = gate.take(seconds: 20)
                    if names.contains(bad) { throw DatabaseError(code, "as the test wants it") }
                }
            }
            results.withLock { $0[name] = result }
            ended.give()
        }

        /// As many as go at once are under way, and these wait, in order.
        func fill(_ names: [String]) {
            for number in 0..<Limits.dropsAtOnce {
                drop("first-\(number)")
                until { groups.withLock { $0.count } == number + 1 }
            }
            for (index, name) in names.enumerated() {
                drop(name)
                until { queue.waitingCount == index + 1 }
            }
        }

        func finish(_ count: Int) {
            for _ in 0..<100 { gate.give() }
            for _ in 0..<count { #expect(ended.take(seconds: 20)) }
        }

        func until(_ condition: () -> Bool) {
            for _ in 0..<20_000 where !condition() { usleep(1_000) }
            #expect(condition())
        }

        func failures() -> [String: DatabaseError] {
            results.withLock { results in
                results.compactMapValues { result in
                    if case .failure(let error) = result { error } else { nil }
                }
            }
        }
    }

    private final class Piece: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private let names = ["a", "b", "c", "d", "e", "f"]

    @Test("those that wait go together, at most so many, in the order they came")
    func together() {
        let desk = Desk()
        desk.fill(names)
        desk.finish(Limits.dropsAtOnce + names.count)
        let groups = desk.groups.withLock { $0 }
        #expect(groups.prefix(2) == [["first-0"], ["first-1"]])
        #expect(Set(groups.dropFirst(2)) == [["a", "b", "c", "d"], ["e", "f"]])
        #expect(desk.failures().isEmpty)
        // There is room again, and nobody to lead is missing.
        desk.drop("last")
        #expect(desk.ended.take(seconds: 20))
        #expect(desk.groups.withLock { $0.last } == ["last"])
    }

    @Test("one that cannot be dropped fails alone")
    func oneFails() {
        let desk = Desk(bad: "b")
        desk.fill(names)
        desk.finish(Limits.dropsAtOnce + names.count)
        #expect(desk.failures() == ["b": DatabaseError(.failed, "")])
        let alone = desk.groups.withLock { $0.filter { $0.count == 1 } }
        #expect(Set(alone).isSuperset(of: [["a"], ["b"], ["c"], ["d"]]))
    }

    @Test("a server that is away is not asked again for each of them")
    func away() {
        let desk = Desk(bad: "b", .unreachable)
        desk.fill(names)
        desk.finish(Limits.dropsAtOnce + names.count)
        #expect(Set(desk.failures().keys) == ["a", "b", "c", "d"])
        #expect(desk.groups.withLock { $0.count } == Limits.dropsAtOnce + 2)
    }
}
