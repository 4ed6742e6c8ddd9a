// Version 1: one value per path, overwritten by each write.

import PluginSDK

func plainEngine(defaultLeaseSeconds: UInt64) -> Engine {
    Engine(
        paths: [plainSecretPath(defaultLeaseSeconds: defaultLeaseSeconds)],
        initialize: refuseDowngrade)
}

/// A mount that was upgraded holds versioned secrets; version 1 would show it as empty and mix a
/// second set of secrets into it.
private let refuseDowngrade: Handler = { _ in
    .read([StorageKey.upgrade]) { entries in
        try requireNeverUpgraded(entries)
        return .answer(.none)
    }
}

func requireNeverUpgraded(_ entries: Entries) throws(PluginError) {
    guard try entries.upgradeState() == nil else {
        throw PluginError(
            .invalidRequest,
            "this mount was upgraded to version 2 of the kv engine and cannot go back to version 1")
    }
}
