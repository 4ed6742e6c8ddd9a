// The kernel's limits of one process.

internal import CProcess
internal import Glibc

struct ResourceLimit: Sendable, Hashable {
    enum Resource: Sendable, Hashable, CaseIterable {
        case fileSize, data, stack, coreFile, processes, openFiles, addressSpace, messageQueues
        case niceness, realTimePriority

        /// The numbers are the same on both machines.
        var number: Int32 {
            switch self {
            case .fileSize: 1
            case .data: 2
            case .stack: 3
            case .coreFile: 4
            case .processes: 6
            case .openFiles: 7
            case .addressSpace: 9
            case .messageQueues: 12
            case .niceness: 13
            case .realTimePriority: 14
            }
        }
    }

    var resource: Resource
    var most: UInt64

    /// `countsProcesses`: whether the kernel counts this process's user for it alone.
    static func limits(
        _ profile: SandboxProfile, lanes: Int, countsProcesses: Bool
    ) -> [ResourceLimit] {
        let lanes = UInt64(max(0, lanes))
        let stack = PluginHostLimits.pluginStackBytes
        // Data are what can be written: heap, stacks of threads, copied pages. The whole address
        // space says nothing: runtimes reserve much more than they use. But reserved pages that are
        // read cost tables, so there is an end to it too.
        let data = sum(profile.memoryBytes, lanes * stack)
        var limits = [
            ResourceLimit(.data, data), ResourceLimit(.stack, stack),
            ResourceLimit(.addressSpace, sum(data, PluginHostLimits.pluginReservedBytes)),
            ResourceLimit(
                .fileSize,
                profile.writablePaths.isEmpty ? 0 : PluginHostLimits.pluginWrittenFileBytes),
            ResourceLimit(.coreFile, 0), ResourceLimit(.messageQueues, 0),
            ResourceLimit(.niceness, 0), ResourceLimit(.realTimePriority, 0),
            // Standard descriptors, lanes, and the program while it starts.
            ResourceLimit(.openFiles, sum(UInt64(max(0, profile.openFiles)), lanes + 4)),
        ]
        if countsProcesses {
            let processes = UInt64(max(0, profile.processes))
            limits.append(
                ResourceLimit(.processes, sum(PluginHostLimits.pluginThreads + lanes, processes)))
        }
        return limits
    }

    init(_ resource: Resource, _ most: UInt64) {
        self.resource = resource
        self.most = most
    }

    var forKernel: coffer_limit { coffer_limit(resource: resource.number, most: most) }

    private static func sum(_ one: UInt64, _ other: UInt64) -> UInt64 {
        let (sum, overflow) = one.addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
