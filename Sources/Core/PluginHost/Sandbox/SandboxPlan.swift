// From what a plugin may do and what the kernel offers to what is done to its process.

internal import Glibc

struct SandboxPlan: Sendable {
    /// `nil` with landlock missing.
    var fileRules: [FileRule]?
    var filter: FilterProgram?
    /// Taken instead where the kernel lets the host listen; what it refuses is the same.
    var reportingFilter: FilterProgram?
    /// What the filters were made of.
    var policy: SystemCallPolicy?
    var limits: [ResourceLimit]
    var user: UInt32?
    /// CLONE_NEW… flags.
    var namespaces: UInt64
    var landlock: Int
    var allowsNetwork: Bool
    var state: SandboxState

    /// Of a plugin's own file only what decides the rules.
    struct Program: Sendable {
        /// The interpreter's path for a script, empty for a program.
        var interpreter: [String]
    }

    init(
        _ profile: SandboxProfile, program: Program, lanes: Int, features: KernelFeatures,
        user: UInt32?, libraries: [String] = FileRules.serverLibraries
    ) {
        var gaps: [String] = []
        let spaces = KernelFeatures.Namespace.self
        var namespaces = features.namespaces
        if namespaces == 0 {
            gaps.append("it shares the server's processes and network devices")
            if profile.processes > 0 {
                gaps.append("it cannot start processes, which could outlive it")
            }
        } else if profile.allowsNetwork {
            namespaces &= ~spaces.network
        }
        if user == nil { gaps.append("it runs as the server's user") }
        fileRules = nil
        if features.landlock > 0 {
            fileRules = FileRules.rules(
                profile, interpreter: program.interpreter, libraries: libraries)
        } else {
            gaps.append("the kernel has no landlock, so that it may open files as its user")
        }
        if features.hasFilters {
            let policy = SystemCallPolicy(
                profile, isScript: !program.interpreter.isEmpty,
                hasOwnProcesses: namespaces & spaces.processes != 0)
            self.policy = policy
            filter = FilterProgram(policy, machine: .current)
            if features.reportsRefusals {
                reportingFilter = FilterProgram(
                    policy.reporting(files: fileRules != nil), machine: .current)
            }
        } else {
            gaps.append("the kernel has no system call filters")
        }
        let countsProcesses = user != nil || namespaces & spaces.user != 0
        if !countsProcesses { gaps.append("its threads are not limited") }
        limits = ResourceLimit.limits(profile, lanes: lanes, countsProcesses: countsProcesses)
        self.user = user
        self.namespaces = namespaces
        landlock = features.landlock
        allowsNetwork = profile.allowsNetwork
        state = gaps.isEmpty ? .full : .partial(gaps)
    }
}
