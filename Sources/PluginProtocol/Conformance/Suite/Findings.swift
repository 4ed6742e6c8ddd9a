// What a case finds wrong with a plugin.

public struct Finding: Sendable, Hashable {
    /// What the plugin did or left undone. It quotes names that the plugin declared, and no data.
    public let what: String
    /// Where the protocol says otherwise.
    public let paragraph: Paragraph

    init(_ what: String, _ paragraph: Paragraph) {
        self.what = what
        self.paragraph = paragraph
    }
}

/// Ends a case at once: nothing further can be learned from it.
struct Failed: Error, CustomStringConvertible {
    let description: String
    let paragraph: Paragraph?

    init(_ description: String, _ paragraph: Paragraph? = nil) {
        self.description = description
        self.paragraph = paragraph
    }
}

/// Collects the findings of one case: each once, and not more of them than anyone reads.
final class Findings {
    static let most = 50

    let paragraph: Paragraph
    private(set) var all: [Finding] = []
    private var known: Set<Finding> = []

    /// `paragraph` is the one that a finding belongs to unless it says another.
    init(_ paragraph: Paragraph) { self.paragraph = paragraph }

    func add(_ what: String, _ paragraph: Paragraph? = nil) {
        add(Finding(what, paragraph ?? self.paragraph))
    }

    func add(_ finding: Finding) {
        guard all.count < Self.most, known.insert(finding).inserted else { return }
        all.append(finding)
    }

    func expect(
        _ holds: Bool, else what: @autoclosure () -> String, _ paragraph: Paragraph? = nil
    ) {
        if !holds { add(what(), paragraph) }
    }

    /// The process ends by itself in time, and like this.
    func expectEnding(
        _ process: ChildProcess, _ wanted: ChildProcess.Ending, _ paragraph: Paragraph? = nil
    ) {
        let ending = process.ending()
        expect(
            ending == wanted, else: "the process should have \(wanted), but \(text(ending))",
            paragraph)
    }

    /// By its own will, whatever the code says.
    func expectExit(_ process: ChildProcess, _ when: String, _ paragraph: Paragraph? = nil) {
        let ending = process.ending()
        if case .exited = ending { return }
        add("the process should have exited \(when), but \(text(ending))", paragraph)
    }

    private func text(_ ending: ChildProcess.Ending?) -> String {
        ending?.description ?? "did not end"
    }
}
