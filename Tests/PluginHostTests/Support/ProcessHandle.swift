// Waits for the end of a process that is no child of ours.

import CProcess
import Glibc

final class ProcessHandle {
    private let descriptor: Int32

    init?(_ pid: pid_t) {
        descriptor = coffer_process_descriptor(pid)
        if descriptor < 0 { return nil }
    }

    deinit { close(descriptor) }

    func endsWithin(milliseconds: Int32) -> Bool {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&waiting, 1, milliseconds) == 1
    }
}
