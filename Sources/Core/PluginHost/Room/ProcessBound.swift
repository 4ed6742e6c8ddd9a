// One bound on how many processes there may be.

internal import Kernel

struct ProcessBound: Hashable {
    /// Bounds differ in it; what counts towards the same bound has the same.
    enum Scope: Hashable {
        case server
        /// With the quota's label.
        case quota(String)
    }

    var scope: Scope
    var most: Int

    /// As it is named where it was set.
    var name: String {
        switch scope {
        case .server: "max_plugin_processes in the server's configuration"
        case .quota(let label): "max_plugin_processes of the quota \(label)"
        }
    }
}

extension [NamespaceBounds] {
    /// The narrowest first.
    var ofProcesses: [ProcessBound] {
        compactMap { bounds in
            bounds.pluginProcesses.map { ProcessBound(scope: .quota(bounds.label), most: $0) }
        }
    }

    /// For each process: what all of them allow.
    var ofMemory: UInt64? { compactMap { $0.pluginMemoryBytes.map { UInt64(clamping: $0) } }.min() }
}
