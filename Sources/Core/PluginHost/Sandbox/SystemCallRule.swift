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
    /// The call waits until the host has heard of it, and has said what the rules say.
    case report
}

/// A look at the low 32 bits of an argument, all that the kernel itself looks at for these.
enum ArgumentTest: Sendable, Hashable {
    case equals(_ argument: Int, mask: UInt32 = .max, UInt32)
    case hasAny(_ argument: Int, of: UInt32)

    func holds(_ arguments: [UInt64]) -> Bool {
        switch self {
        case .equals(let index, let mask, let value): Self.low(arguments, index) & mask == value
        case .hasAny(let index, let bits): Self.low(arguments, index) & bits != 0
        }
    }

    private static func low(_ arguments: [UInt64], _ index: Int) -> UInt32 {
        arguments.indices.contains(index) ? UInt32(truncatingIfNeeded: arguments[index]) : 0
    }
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

    /// What the kernel's filter does with these arguments.
    func verdict(_ arguments: [UInt64]) -> Verdict {
        cases.first { one in one.tests.allSatisfy { $0.holds(arguments) } }?.verdict ?? otherwise
    }

    static func always(_ verdict: Verdict) -> SystemCallRule { SystemCallRule(otherwise: verdict) }

    static func allow(
        when alternatives: [[ArgumentTest]], otherwise: Refusal
    ) -> SystemCallRule {
        SystemCallRule(
            cases: alternatives.map { Case(tests: $0, verdict: .allow) },
            otherwise: .refuse(otherwise))
    }
}
