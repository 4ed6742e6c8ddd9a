// Who is held back for taking the processors from others.

import Testing

@testable import PluginHost

@Suite struct ProcessorLedgerTests {
    private typealias Ledger = ProcessorLedger<String>

    /// Looks ten times a second at one that computes and one that has clients.
    private struct Scene {
        var ledger = Ledger()
        var now: UInt64 = 1_000_000_000
        var processor: [String: UInt64] = [:]
        var answered: [String: UInt64] = [:]
        var areShort = true

        /// - Parameter used: milliseconds of processor time since the last look.
        mutating func look(
            used: [String: UInt64], answers: [String: UInt64] = [:], process: Int32 = 1
        ) -> Set<String> {
            now += 100_000_000
            let samples = used.keys.sorted().map { id -> Ledger.Sample in
                processor[id, default: 0] += (used[id] ?? 0) * 1_000_000
                answered[id, default: 0] += answers[id] ?? 0
                return .init(
                    id: id, process: process, processorNanoseconds: processor[id] ?? 0,
                    answered: answered[id] ?? 0,
                    trust: id == "transit" ? ProcessorLimits.builtIn : ProcessorLimits.registered)
            }
            return ledger.look(samples, now: now, areShort: areShort)
        }

        mutating func looks(
            _ count: Int, used: [String: UInt64], answers: [String: UInt64] = [:]
        ) -> [Set<String>] {
            (0..<count).map { _ in look(used: used, answers: answers) }
        }
    }

    private func isNobody(_ seen: [Set<String>]) -> Bool { seen.allSatisfy { $0.isEmpty } }

    @Test("one that computes for nobody is held back when others have clients")
    func hog() {
        var scene = Scene()
        let seen = scene.looks(20, used: ["hog": 100, "kv": 20], answers: ["kv": 500])
        #expect(seen.first == [])
        #expect(seen.last == ["hog"])
    }

    @Test("an engine that answers is not held back, however busy it is")
    func busyEngine() {
        var scene = Scene()
        let seen = scene.looks(
            100, used: ["transit": 180, "kv": 10], answers: ["transit": 40, "kv": 200])
        #expect(isNobody(seen))
    }

    @Test("an engine of ours that makes large keys is not held back before its first answer")
    func largeKeys() {
        var scene = Scene()
        let seen = scene.looks(80, used: ["transit": 200, "kv": 10], answers: ["kv": 200])
        #expect(isNobody(seen))
    }

    @Test("an engine of ours that computes for nobody is held back in the end")
    func runaway() {
        var scene = Scene()
        let seen = scene.looks(200, used: ["transit": 200, "kv": 10], answers: ["kv": 200])
        #expect(seen.contains(["transit"]))
    }

    @Test("cheap answers to its own clients do not buy a registered one much time")
    func boughtTime() {
        var scene = Scene()
        let seen = scene.looks(
            20, used: ["hog": 100, "kv": 20], answers: ["hog": 10, "kv": 500])
        #expect(seen.last == ["hog"])
    }

    @Test("one that does it again soon is held back for longer")
    func again() {
        var scene = Scene()
        let seen = scene.looks(400, used: ["hog": 100, "kv": 20], answers: ["kv": 500])
        let free = seen.indices.filter { seen[$0].isEmpty }
        let gaps = zip(free, free.dropFirst()).map { $1 - $0 }.filter { $0 > 1 }
        #expect(gaps.count >= 2 && gaps == gaps.sorted() && Set(gaps).count == gaps.count)
    }

    @Test("one that goes on as before when it is let go is held back again at the next look")
    func goesOn() {
        var scene = Scene()
        let seen = scene.looks(400, used: ["hog": 100, "kv": 20], answers: ["kv": 500])
        let free = seen.indices.filter { seen[$0].isEmpty && $0 > 10 }
        #expect(free.count >= 2)
        #expect(free.allSatisfy { !seen[$0 - 1].isEmpty && !seen[$0 + 1].isEmpty })
    }

    @Test("alone everyone may take what there is")
    func alone() {
        var scene = Scene()
        let seen = scene.looks(50, used: ["hog": 200, "kv": 0])
        #expect(isNobody(seen))
    }

    @Test("its own answers do not count as somebody to be spared")
    func ownClients() {
        var scene = Scene()
        let seen = scene.looks(50, used: ["hog": 300, "kv": 0], answers: ["hog": 1])
        #expect(isNobody(seen))
    }

    @Test("where there are processors enough nobody is held back")
    func room() {
        var scene = Scene()
        scene.areShort = false
        let seen = scene.looks(50, used: ["hog": 100, "kv": 20], answers: ["kv": 500])
        #expect(isNobody(seen))
    }

    @Test("it stays held back though processors are no longer short for that")
    func stays() {
        var scene = Scene()
        _ = scene.looks(20, used: ["hog": 100, "kv": 20], answers: ["kv": 500])
        scene.areShort = false
        let seen = scene.looks(20, used: ["hog": 20, "kv": 20], answers: ["kv": 500])
        #expect(Set(seen) == [["hog"]])
    }

    @Test("one that rests has paid after some seconds, and its past is forgotten")
    func pays() {
        var scene = Scene()
        _ = scene.looks(20, used: ["hog": 100, "kv": 20], answers: ["kv": 500])
        let seen = scene.looks(100, used: ["hog": 0, "kv": 20], answers: ["kv": 500])
        #expect(seen.first == ["hog"] && seen.last == [])
    }

    @Test("it is let go when the others have had no client for some seconds")
    func othersEnd() {
        var scene = Scene()
        _ = scene.looks(20, used: ["hog": 100, "kv": 20], answers: ["kv": 500])
        let seen = scene.looks(21, used: ["hog": 5, "kv": 0])
        #expect(seen.first == ["hog"] && seen.last == [])
    }

    @Test("clients that ask now and then are spared like those that never stop")
    func seldom() {
        var scene = Scene()
        _ = scene.looks(20, used: ["hog": 100, "kv": 20], answers: ["kv": 500])
        let seen = (0..<30).map { place in
            scene.look(used: ["hog": 5, "kv": 1], answers: ["kv": place % 10 == 0 ? 1 : 0])
        }
        #expect(Set(seen) == [["hog"]])
    }

    @Test("a process that is started anew does not begin with a clean page")
    func restarts() {
        var scene = Scene()
        _ = scene.looks(20, used: ["hog": 100, "kv": 20], answers: ["kv": 500])
        // It is gone for two looks, then another process of the same plugin comes.
        _ = scene.looks(2, used: ["kv": 20], answers: ["kv": 500])
        scene.processor["hog"] = 0
        let again = scene.look(used: ["hog": 1, "kv": 20], answers: ["kv": 500], process: 2)
        #expect(again == ["hog"])
    }

    @Test("a clock that goes back and counters that wrap do no harm")
    func oddNumbers() {
        var ledger = Ledger()
        let most = Ledger.Sample(
            id: "a", process: 1, processorNanoseconds: .max, answered: .max,
            trust: Trust(paidForAnswer: .max, debtToHold: .max / 8))
        let none = Ledger.Sample(
            id: "a", process: 1, processorNanoseconds: 0, answered: 0,
            trust: Trust(paidForAnswer: 0, debtToHold: .max / 8))
        for (sample, now) in [(most, UInt64.max), (none, 0), (most, 5), (none, .max)] {
            #expect(ledger.look([sample], now: now, areShort: true) == [])
        }
    }

    @Test("the limits fit together")
    func limits() {
        let (ours, others) = (ProcessorLimits.builtIn, ProcessorLimits.registered)
        #expect(others.debtAfterHold < others.debtToHold && others.debtToHold < others.mostDebt)
        #expect(others.paidForAnswer < ours.paidForAnswer)
        #expect(others.debtToHold < ours.debtToHold)
        #expect(ProcessorLimits.firstHoldNanoseconds < ProcessorLimits.longestHoldNanoseconds)
        #expect(ProcessorLimits.turnNanoseconds <= ProcessorLimits.turnEveryNanoseconds / 200)
        #expect(ProcessorLimits.busyLookNanoseconds < ProcessorLimits.quietLookNanoseconds)
        #expect(ProcessorLimits.quietLookNanoseconds < ProcessorLimits.firstHoldNanoseconds)
    }
}
