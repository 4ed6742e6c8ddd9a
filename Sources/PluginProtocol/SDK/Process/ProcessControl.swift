// What the process asks of the kernel: to die with its parent, and to be closed to debuggers and
// core dumps.

import CPrctl

enum ProcessControl {
    static func harden() {
        let failed = coffer_die_with_parent() != 0 || coffer_forbid_dumps() != 0
        if failed { Log.warn("prctl failed; the process may be dumped or outlive the core") }
    }
}
