// No request of version 2 is answered before the mount's version 1 secrets have moved.
//
// The truth is an entry in storage, which `upgradeFromPlain` writes when all is moved, and which
// never goes away again. So having seen it once is enough, and an engine may be shared by threads
// or exist once per thread or process: each asks storage until it has seen the entry, and no more.

import PluginSDK
import Synchronization

final class UpgradeGate: Sendable {
    private let isOpen = Atomic<Bool>(false)

    func guarding(_ path: Path) -> Path {
        var path = path
        path.handlers = path.handlers.mapValues { guarding($0) }
        return path
    }

    private func guarding(_ handler: @escaping Handler) -> Handler {
        { request in
            if self.isOpen.load(ordering: .relaxed) { return try handler(request) }
            return .read([StorageKey.upgrade]) { entries in
                guard try entries.upgradeState() == .done else {
                    // Vault's text and status (400): clients look for the words.
                    throw PluginError(
                        .invalidRequest,
                        "Upgrading from non-versioned to versioned data. This backend will be "
                            + "unavailable for a brief period and will resume service shortly.")
                }
                self.isOpen.store(true, ordering: .relaxed)
                return try handler(request)
            }
        }
    }
}
