// Those who are held back get their turn, and nobody stays stopped for good.

import Synchronization
import Testing

@testable import PluginHost

@Suite struct ProcessorGovernorTests {
    private final class Process: GovernedProcess {
        let account: ProcessorAccount
        let pid: Int32
        var processorNanoseconds: UInt64? = 0
        var answered: UInt64 = 0
        var isStopped = false

        init(_ name: String, pid: Int32, log: CapturedLog = CapturedLog()) {
            account = ProcessorAccount(
                label: "plugin \"\(name)\"", isBuiltIn: false, logger: log.logger)
            self.pid = pid
        }

        init(again other: Process, pid: Int32) {
            account = other.account
            self.pid = pid
        }

        var isHeldBack: Bool { account.isHeldBack.load(ordering: .relaxed) }
        var timesHeldBack: Int { account.timesHeldBack.load(ordering: .relaxed) }

        func hold() { isStopped = true }
        func letGo() { isStopped = false }
        func release() { isStopped = false }
    }

    /// One that computes, one that has clients, and loops that wait for a processor all the time.
    private struct Scene {
        var governor: ProcessorGovernor
        let log = CapturedLog()
        let hog: Process
        let other = Process("kv", pid: 2)
        var now: UInt64 = 1_000_000_000

        init() {
            hog = Process("hog", pid: 1, log: log)
            let waited = Counter()
            governor = ProcessorGovernor { waited.next() }
        }

        /// Calls the governor each time that it is due.
        mutating func run(
            milliseconds: Int, _ processes: [Process], each: (Scene) -> Void = { _ in }
        ) {
            let end = now + UInt64(milliseconds) * 1_000_000
            while max(governor.dueAt, now + 1) <= end {
                let before = now
                now = max(governor.dueAt, now + 1)
                for process in processes where process !== other && !process.isStopped {
                    process.processorNanoseconds? += now - before
                }
                other.answered += 10
                governor.govern(processes, now: now)
                each(self)
            }
        }
    }

    /// Some tenths of a second more each time.
    private final class Counter: Sendable {
        private let value = Atomic<UInt64>(0)
        func next() -> UInt64 { value.wrappingAdd(300_000_000, ordering: .relaxed).newValue }
    }

    @Test("one that is held back runs for a small part of the time, and no more")
    func turns() {
        var scene = Scene()
        scene.run(milliseconds: 3_000, [scene.hog, scene.other])
        #expect(scene.hog.isHeldBack)
        #expect(!scene.other.isHeldBack)
        let before = scene.hog.processorNanoseconds ?? 0
        var runs = 0
        scene.run(milliseconds: 2_000, [scene.hog, scene.other]) { scene in
            if !scene.hog.isStopped { runs += 1 }
        }
        let taken = (scene.hog.processorNanoseconds ?? 0) - before
        #expect(runs >= 1)
        #expect(taken > 0 && taken < 100_000_000)
    }

    @Test("it is logged once, with the plugin's name")
    func logs() {
        var scene = Scene()
        scene.run(milliseconds: 20_000, [scene.hog, scene.other])
        let lines = scene.log.lines.filter { $0.message.contains("held back") }
        #expect(lines.count == 1 && lines.first?.message.contains("hog") == true)
        #expect(scene.hog.timesHeldBack >= 2)
    }

    @Test("the process that comes after one that was held back is held back too")
    func restart() {
        var scene = Scene()
        scene.run(milliseconds: 3_000, [scene.hog, scene.other])
        let next = Process(again: scene.hog, pid: 3)
        scene.run(milliseconds: 150, [next, scene.other])
        #expect(next.isStopped || next.isHeldBack)
        #expect((next.processorNanoseconds ?? 0) < 120_000_000)
    }

    @Test("when the others end, it goes on at once")
    func othersEnd() {
        var scene = Scene()
        scene.run(milliseconds: 3_000, [scene.hog, scene.other])
        scene.run(milliseconds: 250, [scene.hog])
        #expect(!scene.hog.isStopped)
        #expect(!scene.hog.isHeldBack)
    }

    @Test("a process whose end came first is no harm")
    func gone() {
        var scene = Scene()
        scene.run(milliseconds: 3_000, [scene.hog, scene.other])
        scene.hog.processorNanoseconds = nil
        scene.run(milliseconds: 250, [scene.hog, scene.other])
        #expect(!scene.other.isStopped)
    }
}
