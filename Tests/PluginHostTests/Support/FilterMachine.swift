// Runs a system call filter as the kernel does, with system calls as data.

@testable import PluginHost

struct FakeSystemCall {
    var number: UInt32
    var machine: UInt32
    var arguments: [UInt64] = []

    init(
        _ name: String, _ arguments: [UInt64] = [], on machine: Machine = .amd64
    ) {
        number = SystemCall.number(name, on: machine) ?? .max
        self.machine = machine.auditNumber
        self.arguments = arguments
    }

    init(number: UInt32, machine: UInt32) {
        self.number = number
        self.machine = machine
    }

    /// The word at this place of `struct seccomp_data`.
    func word(at offset: UInt32) -> UInt32 {
        switch offset {
        case 0: return number
        case 4: return machine
        default:
            let index = Int(offset &- 16) / 8
            guard arguments.indices.contains(index) else { return 0 }
            return UInt32(
                truncatingIfNeeded: offset % 8 == 0 ? arguments[index] : arguments[index] >> 32)
        }
    }
}

enum FilterMachine {
    enum Fault: Error { case ranOut, jumpedOut }

    static func run(_ program: FilterProgram, _ call: FakeSystemCall) throws -> Verdict {
        var accumulator: UInt32 = 0
        var position = 0
        while position < program.steps.count {
            let step = program.steps[position]
            position += 1
            var jumps: Bool?
            switch step.code {
            case .load: accumulator = call.word(at: step.operand)
            case .and: accumulator &= step.operand
            case .jumpIfEqual: jumps = accumulator == step.operand
            case .jumpIfGreater: jumps = accumulator > step.operand
            case .jumpIfAnyBit: jumps = accumulator & step.operand != 0
            case .end: return try verdict(step.operand)
            }
            if let jumps { position += Int(jumps ? step.ifTrue : step.ifFalse) }
            guard position < program.steps.count else { throw Fault.jumpedOut }
        }
        throw Fault.ranOut
    }

    private static func verdict(_ action: UInt32) throws -> Verdict {
        switch action & 0xFFFF_0000 {
        case 0x7FFF_0000: return .allow
        case 0x8000_0000: return .kill
        case 0x7FC0_0000: return .report
        case 0x0005_0000:
            guard let refusal = Refusal(rawValue: action & 0xFFFF) else { throw Fault.ranOut }
            return .refuse(refusal)
        default: throw Fault.ranOut
        }
    }
}
