// What happens to a system call: a verdict, or verdicts that depend on its arguments.

/// The kernel's error numbers that a refusal may give, the same on both machines.
enum Refusal: UInt32, Sendable {
    case notPermitted = 1
    case noAccess = 13
    case invalid = 22
    case notATerminal = 25
    case noSuchCall = 38
}

enum Verdict: Sendable, Hashable {
    case allow
    /// The call fails; programs that merely try it go on.
    case refuse(Refusal)
    /// The process ends: nothing but an attack makes this call.
    case kill
}

/// A look at the low 32 bits of an argument, all that the kernel itself looks at for these.
enum ArgumentTest: Sendable, Hashable {
    case equals(_ argument: Int, mask: UInt32 = .max, UInt32)
    case hasAny(_ argument: Int, of: UInt32)
}

struct SystemCallRule: Sendable, Hashable {
    struct Case: Sendable, Hashable {
        /// All of them must hold.
        var tests: [ArgumentTest]
        var verdict: Verdict
    }

    /// In order; the first that holds decides.
    var cases: [Case] = []
    var otherwise: Verdict

    static func always(_ verdict: Verdict) -> SystemCallRule { SystemCallRule(otherwise: verdict) }

    static func allow(
        when alternatives: [[ArgumentTest]], otherwise: Refusal
    ) -> SystemCallRule {
        SystemCallRule(
            cases: alternatives.map { Case(tests: $0, verdict: .allow) },
            otherwise: .refuse(otherwise))
    }
}
