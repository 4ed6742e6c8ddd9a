// What came of trying a plugin, for people line by line and for machines as a whole.

import Conformance
import JSON

struct PluginTestReport {
    let file: String
    let identity: PluginIdentity?
    /// How many cases were to be tried.
    let planned: Int
    private(set) var results: [CaseResult] = []

    init(file: String, identity: PluginIdentity?, planned: Int) {
        self.file = file
        self.identity = identity
        self.planned = planned
    }

    func with(_ results: [CaseResult]) -> PluginTestReport {
        var copy = self
        copy.results = results
        return copy
    }

    var failedCount: Int { results.filter { !$0.passed }.count }
    var passedCount: Int { results.count - failedCount }
    /// Without an answer to the first frame nothing else was tried.
    var leftOutCount: Int { planned - results.count }
    var passed: Bool { passedCount == planned }

    var json: JSONValue {
        let plugin: JSONObject = [
            "file": .string(file), "name": identity.map { .string($0.name) } ?? .null,
            "version": identity.map { .string($0.version) } ?? .null,
            "type": identity.map { .string($0.type) } ?? .null,
        ]
        return [
            "plugin": .object(plugin), "passed": .int(passedCount), "failed": .int(failedCount),
            "left_out": .int(leftOutCount), "cases": .array(results.map(\.json)),
        ]
    }
}

extension CaseResult {
    fileprivate var json: JSONValue {
        let findings = findings.map { finding -> JSONValue in
            ["what": .string(finding.what), "paragraph": .string(finding.paragraph.rawValue)]
        }
        return [
            "case": .string(test.name), "group": .string(test.group.rawValue),
            "paragraph": .string(test.paragraph.rawValue), "passed": .bool(passed),
            "milliseconds": .int(milliseconds), "findings": .array(findings),
        ]
    }
}

/// A line a case as they come, and what was wrong below it.
struct PluginTestProgress {
    let console: any Console
    let isShown: Bool

    func begin(_ report: PluginTestReport) {
        guard isShown else { return }
        let who = report.identity.map { "\($0.name) \($0.version) (\($0.type))" }
        line("Trying \(report.file)" + (who.map { ": " + $0 } ?? ""))
        line("")
    }

    func show(_ result: CaseResult) {
        guard isShown else { return }
        line("\(result.passed ? "✓" : "✗") \(result.test.name)")
        for finding in result.findings {
            line(TextWrap.fill(finding.what, indent: 4))
            line("    (PROTOCOL.md, \"\(finding.paragraph.rawValue)\")")
        }
    }

    func end(_ report: PluginTestReport) {
        line("")
        if report.passed {
            return line("Success! It keeps to the protocol. Cases tried: \(report.planned)")
        }
        var text = "\(report.failedCount) of \(report.planned) cases failed"
        if report.leftOutCount > 0 { text += ", \(report.leftOutCount) were left out" }
        line(text)
    }

    /// A plugin's own words may be among it.
    private func line(_ text: String) { console.printLine(Printable.text(text)) }
}
