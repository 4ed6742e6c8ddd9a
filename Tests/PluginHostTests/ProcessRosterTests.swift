import Kernel
import Testing

@testable import PluginHost

@Suite struct ProcessRosterTests {
    private let server = ProcessBound(scope: .server, most: 3)

    private func team(_ name: String, _ most: Int) -> ProcessBound {
        ProcessBound(scope: .quota(name), most: most)
    }

    private func holder(_ scopes: String..., isEnding: Bool = false) -> ProcessRoster.Holder {
        ProcessRoster.Holder(scopes: scopes.map { .quota($0) } + [.server], isEnding: isEnding)
    }

    @Test("below all bounds a process is started")
    func below() {
        let roster = ProcessRoster([holder("a"), holder("b")])
        #expect(roster.decisions([[team("a", 2), server]]) == [.start])
    }

    @Test("those who start count for those behind them")
    func counted() {
        let roster = ProcessRoster([holder()])
        #expect(
            roster.decisions([[server], [server], [server]])
                == [.start, .start, .needsRoom(server)])
    }

    @Test("the narrowest bound that is full is where room has to be made")
    func narrowest() {
        let roster = ProcessRoster([holder("a"), holder("b"), holder("b")])
        let a = team("a", 1)
        #expect(roster.decisions([[a, server]]) == [.needsRoom(a)])
        #expect(roster.decisions([[team("c", 1), server]]) == [.needsRoom(server)])
    }

    @Test("one that ends is room for one, and not for two")
    func ending() {
        let roster = ProcessRoster([holder(), holder(), holder(isEnding: true)])
        #expect(roster.decisions([[server], [server]]) == [.wait(server), .needsRoom(server)])
    }

    @Test("a namespace that is full is in nobody else's way")
    func independent() {
        let (a, b) = (team("a", 1), team("b", 1))
        let roster = ProcessRoster([holder("a")])
        #expect(
            roster.decisions([[a, server], [a, server], [b, server]])
                == [.needsRoom(a), .needsRoom(a), .start])
    }

    @Test("nobody passes those who wait for the same bound")
    func inOrder() {
        let roster = ProcessRoster([holder(), holder(), holder(), holder(isEnding: true)])
        // Three stay, so the one that ends is room for nobody: the bound was lowered.
        #expect(roster.decisions([[server]]) == [.needsRoom(server)])
        let lowered = ProcessRoster([
            holder(), holder(isEnding: true), holder(isEnding: true), holder(),
        ])
        #expect(lowered.decisions([[server], [server]]) == [.wait(server), .needsRoom(server)])
    }

    @Test("whatever happens in whatever order, no bound is passed and everybody gets in")
    func anyOrder() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let bounds = ["a": team("a", 1), "b": team("b", 2), "c": team("c", 9)]
            var holders: [ProcessRoster.Holder] = []
            var waiting = (0..<20).map { _ in
                [bounds.values.randomElement(using: &random) ?? server, server]
            }
            var steps = 0
            while !waiting.isEmpty {
                steps += 1
                guard steps < 500 else {
                    Issue.record("they wait for nothing")
                    return
                }
                let decisions = ProcessRoster(holders).decisions(waiting)
                var kept: [[ProcessBound]] = []
                for (one, decision) in zip(waiting, decisions) {
                    switch decision {
                    case .start:
                        holders.append(ProcessRoster.Holder(scopes: one.map(\.scope)))
                    case .wait: kept.append(one)
                    case .needsRoom(let bound):
                        kept.append(one)
                        let place = holders.indices.filter {
                            holders[$0].scopes.contains(bound.scope) && !holders[$0].isEnding
                        }.randomElement(using: &random)
                        if let place { holders[place].isEnding = true }
                    }
                }
                waiting = kept
                for bound in Array(bounds.values) + [server] {
                    #expect(holders.count { $0.scopes.contains(bound.scope) } <= bound.most)
                }
                if let gone = holders.firstIndex(where: \.isEnding) { holders.remove(at: gone) }
            }
        }
    }

    @Test("one that was never called goes first, then the one that was called least recently")
    func order() {
        let uses = [
            ProcessRoster.Use(lastRequestAt: 30, startedAt: 1),
            ProcessRoster.Use(lastRequestAt: 0, startedAt: 20),
            ProcessRoster.Use(lastRequestAt: 25, startedAt: 2),
            ProcessRoster.Use(lastRequestAt: 0, startedAt: 10),
        ]
        #expect(uses.sorted().map(\.startedAt) == [10, 20, 2, 1])
    }
}
