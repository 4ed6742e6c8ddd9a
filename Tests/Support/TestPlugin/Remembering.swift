// Entries that are read from storage once and then kept in memory, until they change.

import Paths
import PluginSDK
import Synchronization

final class Remembering: Sendable {
    private let known = Mutex<[String: [UInt8]]>([:])

    /// What `data/:key` has written, from memory if it was read before.
    var paths: [Path] {
        [
            Path("remembered/:key", .read, help: "Reads what is kept, from memory.") { request in
                let key = "data/" + (request.captures["key"] ?? "")
                if let value = self.known.withLock({ $0[key] }) { return .answer(.json(value)) }
                return .read([key]) { entries in
                    guard let value = entries[key] else { return .answer(.none) }
                    self.known.withLock { $0[key] = value }
                    return .answer(.json(value))
                }
            }
        ]
    }

    var forget: @Sendable (String) -> Void {
        { key in self.known.withLock { $0[key] = nil } }
    }
}
