// One demand of the protocol on a plugin: a sentence of behaviour, and how it is tried.

import Clock

public struct Case: Sendable {
    public enum Group: String, Sendable, CaseIterable {
        case handshake, mounts, requests, storage, invalidations, leases, databases, faults,
            process, end
    }

    /// What a case looks at: the program alone, or an engine mounted with the subject's options.
    public enum Scope: Sendable { case program, mount }

    typealias Body = @Sendable (Subject, Findings) throws -> Void

    public let name: String
    public let group: Group
    public let scope: Scope
    public let paragraph: Paragraph
    private let body: Body

    init(
        _ name: String, _ group: Group, _ paragraph: Paragraph, scope: Scope = .mount,
        _ body: @escaping Body
    ) {
        self.name = name
        self.group = group
        self.scope = scope
        self.paragraph = paragraph
        self.body = body
    }

    /// Blocks the thread. The kernel ties a child to the thread that started it, so the thread has
    /// to live until this returns; then no child is left.
    public func run(on subject: Subject) -> CaseResult {
        let start = MonotonicClock.nowNanoseconds
        let findings = Findings(paragraph)
        do {
            try body(subject.inACase, findings)
        } catch let error as Failed {
            findings.add(error.description, error.paragraph)
        } catch {
            // What the plugin sent is not what the protocol has.
            findings.add("\(error)", .frames)
        }
        let milliseconds = (MonotonicClock.nowNanoseconds - start) / 1_000_000
        return CaseResult(
            test: self, findings: findings.all, milliseconds: Int(clamping: milliseconds))
    }
}

public struct CaseResult: Sendable {
    public let test: Case
    public let findings: [Finding]
    public let milliseconds: Int

    public var passed: Bool { findings.isEmpty }
}
