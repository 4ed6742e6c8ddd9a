// Control-C during a command that has something to keep.

import Glibc
import Synchronization

enum Interruption {
    private static let asked = Atomic<Bool>(false)

    /// From here on the first interrupt is noted, and the second one ends the process.
    static func watch() {
        signal(SIGINT) { _ in
            Interruption.asked.store(true, ordering: .relaxed)
            signal(SIGINT, SIG_DFL)
        }
    }

    static var isAsked: Bool { asked.load(ordering: .relaxed) }
}
