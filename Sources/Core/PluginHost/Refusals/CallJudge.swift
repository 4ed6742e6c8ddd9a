// What becomes of a system call that waits for the host's word, and what is told of it. The rules
// are the filter's own; what may not be is refused here as the filter alone would have refused it.

internal import Glibc

struct CallJudge: Sendable {
    /// The rules of the process; not those of the filter that reports.
    var policy: SystemCallPolicy
    var machine = Machine.current

    enum Decision: Equatable {
        /// It fails, and this is told.
        case refuse(errorNumber: Int32, name: String)
        /// The process ends.
        case end(name: String)
        /// The kernel goes on with it; whether landlock refuses it is found out for the log only.
        case goOn(name: String)
    }

    func decide(number: UInt32, _ arguments: [UInt64]) -> Decision {
        let known = SystemCall.name(number, on: machine)
        let name = known ?? "call \(number)"
        switch policy.verdict(known, arguments) {
        case .allow where known.map { SystemCallPolicy.opening.contains($0) } == true:
            return .goOn(name: name)
        case .refuse(let refusal):
            return .refuse(errorNumber: Int32(clamping: refusal.rawValue), name: name)
        case .kill: return .end(name: name)
        // The filter reports none of these: it would be another one than this.
        case .allow, .report: return .refuse(errorNumber: EPERM, name: name)
        }
    }
}
