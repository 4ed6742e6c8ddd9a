// Every plugin of this repository against every demand of the protocol.

import Testing
import Wire

@testable import Conformance

/// A case on a plugin with one mount's options, named by both where it fails.
struct Trial: Sendable, CustomTestStringConvertible {
    let test: Case
    let subject: Subject

    var testDescription: String { "\(subject.text): \(test.name)" }

    /// A case that looks at the program alone is tried once for each program.
    static let all = Suite.cases.flatMap { test in
        (test.scope == .program ? TestedPlugins.programs : TestedPlugins.mounts)
            .map { Trial(test: test, subject: $0) }
    }
}

@Suite(.blocking) struct ConformanceTests {
    @Test("each plugin does what the protocol demands", arguments: Trial.all)
    func conformance(_ trial: Trial) {
        for finding in trial.test.run(on: trial.subject).findings {
            Issue.record("\(trial.test.name): \(finding.what) (\(finding.paragraph.rawValue))")
        }
    }

    @Test("there are plugins to check, and the model among them")
    func plugins() {
        let names = TestedPlugins.programs.map(\.name)
        #expect(names.contains("coffer-plugin-test"))
        #expect(names.contains("coffer-plugin-kv"))
    }

    @Test("a plugin that uses storage is one that this suite sees", arguments: TestedPlugins.mounts)
    func storageIsSeen(_ subject: Subject) throws {
        guard ["coffer-plugin-kv", "coffer-plugin-test"].contains(subject.name) else { return }
        #expect(
            try !Case.refused(subject, .failing(.unavailable), Findings(.storage)).isEmpty)
    }
}
