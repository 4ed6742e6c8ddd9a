// Turns the rules into the program that the kernel runs at every system call of the plugin.

internal import CProcess

/// Berkeley packet filter code. It looks at the machine, the call's number and its arguments, and
/// at nothing in memory.
struct FilterProgram: Sendable, Equatable {
    /// The kernel takes no longer ones.
    static let mostSteps = 4_096

    private(set) var steps: [FilterStep] = []

    /// All numbers are cut into ranges with one fate, tried from below.
    init(_ policy: SystemCallPolicy, machine: Machine) {
        emit(.load, Offset.machine)
        emit(.jumpIfEqual, machine.auditNumber, ifTrue: 1)
        finish(.kill)
        emit(.load, Offset.number)
        for range in Self.ranges(policy, machine) {
            let body = Self.body(range.rule)
            emit(.jumpIfGreater, range.last, ifTrue: UInt8(clamping: body.count))
            steps += body
        }
        // Above the newest number that the table knows: newer calls, and the numbers of the x32
        // interface, which are the same calls under other names.
        if machine == .amd64 {
            emit(.jumpIfAnyBit, 0x4000_0000, ifFalse: 1)
            finish(.kill)
        }
        finish(.refuse(.noSuchCall))
    }

    private struct Range {
        var last: UInt32
        var rule: SystemCallRule
    }

    private static func ranges(_ policy: SystemCallPolicy, _ machine: Machine) -> [Range] {
        var byNumber: [UInt32: SystemCallRule] = [:]
        for (name, rule) in policy.rules {
            guard let number = SystemCall.number(name, on: machine) else { continue }
            byNumber[number] = rule
        }
        var ranges: [Range] = []
        for number in 0...SystemCall.newestNumber {
            let rule = byNumber[number] ?? .always(policy.fallback)
            if let last = ranges.last, last.rule == rule {
                ranges[ranges.count - 1].last = number
            } else {
                ranges.append(Range(last: number, rule: rule))
            }
        }
        return ranges
    }

    private static func body(_ rule: SystemCallRule) -> [FilterStep] {
        var body: [FilterStep] = []
        for one in rule.cases {
            var steps: [FilterStep] = []
            // From behind: each failed test jumps over what is left of its case.
            steps.append(.end(one.verdict))
            for test in one.tests.reversed() {
                steps = Self.test(test, otherwiseSkip: UInt8(clamping: steps.count)) + steps
            }
            body += steps
        }
        body.append(.end(rule.otherwise))
        return body
    }

    private static func test(_ test: ArgumentTest, otherwiseSkip skip: UInt8) -> [FilterStep] {
        switch test {
        case .equals(let argument, mask: .max, let value):
            [
                FilterStep(.load, Offset.argument(argument)),
                FilterStep(.jumpIfEqual, value, ifFalse: skip),
            ]
        case .equals(let argument, let mask, let value):
            [
                FilterStep(.load, Offset.argument(argument)), FilterStep(.and, mask),
                FilterStep(.jumpIfEqual, value, ifFalse: skip),
            ]
        case .hasAny(let argument, let bits):
            [
                FilterStep(.load, Offset.argument(argument)),
                FilterStep(.jumpIfAnyBit, bits, ifFalse: skip),
            ]
        }
    }

    private mutating func emit(
        _ code: FilterStep.Code, _ operand: UInt32, ifTrue: UInt8 = 0, ifFalse: UInt8 = 0
    ) {
        steps.append(FilterStep(code, operand, ifTrue: ifTrue, ifFalse: ifFalse))
    }

    private mutating func finish(_ verdict: Verdict) { steps.append(.end(verdict)) }

    /// Where things are in the kernel's `struct seccomp_data`. Both machines are little-endian: the
    /// low half of an argument comes first.
    private enum Offset {
        static let number: UInt32 = 0
        static let machine: UInt32 = 4
        static func argument(_ index: Int) -> UInt32 { 16 + 8 * UInt32(clamping: index) }
    }
}

/// One instruction.
struct FilterStep: Sendable, Equatable {
    enum Code: UInt16, Sendable {
        case load = 0x20
        case and = 0x54
        case jumpIfEqual = 0x15
        case jumpIfGreater = 0x25
        case jumpIfAnyBit = 0x45
        case end = 0x06
    }

    var code: Code
    var operand: UInt32
    var ifTrue: UInt8
    var ifFalse: UInt8

    init(_ code: Code, _ operand: UInt32, ifTrue: UInt8 = 0, ifFalse: UInt8 = 0) {
        self.code = code
        self.operand = operand
        self.ifTrue = ifTrue
        self.ifFalse = ifFalse
    }

    static func end(_ verdict: Verdict) -> FilterStep {
        switch verdict {
        case .allow: FilterStep(.end, 0x7FFF_0000)
        case .refuse(let refusal): FilterStep(.end, 0x0005_0000 | refusal.rawValue)
        case .kill: FilterStep(.end, 0x8000_0000)
        case .report: FilterStep(.end, 0x7FC0_0000)
        }
    }

    var forKernel: coffer_filter_step {
        coffer_filter_step(
            code: code.rawValue, if_true: ifTrue, if_false: ifFalse, operand: operand)
    }
}
