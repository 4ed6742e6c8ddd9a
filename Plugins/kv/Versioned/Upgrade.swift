// Moves the secrets of version 1 to version 2, where each becomes the first version of its path.
//
// Every step may be the last one before a crash. One atomic batch moves some secrets: it puts the
// new entries and deletes the old ones, so a secret is always in exactly one place, and what is
// under the old prefix is what is left to do. Starting again is the way to resume.

import Clock
import PluginSDK

let upgradeFromPlain: Handler = { request in
    .read([StorageKey.upgrade]) { entries in
        switch try entries.upgradeState() {
        case .done:
            return .answer(.none)
        case .running:
            return UpgradeWalk(now: request.now).outcome()
        case nil:
            // From here on a write of version 1 that is still under way fails.
            return .commit(.put(StorageKey.upgrade, UpgradeState.running.record)) {
                UpgradeWalk(now: request.now).outcome()
            }
        }
    }
}

/// Goes through the folders of version 1, depth first and page by page.
private struct UpgradeWalk: Sendable {
    let now: Timestamp
    private var folders = [Folder(prefix: StorageKey.plainPrefix)]
    fileprivate var movedSecrets = 0

    private struct Folder {
        let prefix: String
        var after: String?
    }

    init(now: Timestamp) {
        self.now = now
    }

    func outcome() -> Outcome {
        guard let folder = folders.last else { return finish() }
        return .list(prefix: folder.prefix, after: folder.after, limit: Limits.upgradePageNames) {
            page in
            var walk = self
            if page.more, let last = page.names.last {
                walk.folders[walk.folders.count - 1].after = last
            } else {
                walk.folders.removeLast()
            }
            var secrets: [String] = []
            for name in page.names {
                let key = folder.prefix + name
                if key.utf8.last == UInt8(ascii: "/") {
                    walk.folders.append(Folder(prefix: key))
                } else {
                    secrets.append(String(key.dropFirst(StorageKey.plainPrefix.count)))
                }
            }
            return UpgradeBatch(walk: walk, remaining: secrets[...]).outcome()
        }
    }

    private func finish() -> Outcome {
        .commit(.put(StorageKey.upgrade, UpgradeState.done.record)) {
            if movedSecrets > 0 {
                Log.info(
                    "upgraded from version 1 to version 2 of the kv engine",
                    ["secrets": "\(movedSecrets)"])
            }
            return .answer(.none)
        }
    }
}

/// The secrets of one page. They are read one by one, because how large they are together is not
/// known before, and committed in batches, because a commit is what costs time.
private struct UpgradeBatch: Sendable {
    var walk: UpgradeWalk
    var remaining: ArraySlice<String>
    private var batch = WriteBatch()
    private var secrets = 0
    private var bytes = 0

    init(walk: UpgradeWalk, remaining: ArraySlice<String>) {
        self.walk = walk
        self.remaining = remaining
    }

    func outcome() -> Outcome {
        guard let path = remaining.first, secrets < Limits.upgradeBatchSecrets,
            bytes < Limits.upgradeBatchBytes
        else { return commit() }
        return .read([StorageKey.plain(path)]) { entries in
            var next = self
            next.remaining.removeFirst()
            if let data = try entries.plainSecret(path) { next.move(data, to: path) }
            return next.outcome()
        }
    }

    /// There is no secret of version 2 yet that this could overwrite: none is written before the
    /// end of the upgrade, and what an earlier run moved is not under the old prefix any more.
    private mutating func move(_ data: ArraySlice<UInt8>, to path: String) {
        var secret = Secret(createdAt: walk.now)
        _ = secret.add(data, at: walk.now, under: EngineSettings())
        batch.put(secret, at: path)
        batch.delete(StorageKey.plain(path))
        secrets += 1
        bytes += data.count
    }

    private func commit() -> Outcome {
        var next = self
        next.walk.movedSecrets += secrets
        next.batch = WriteBatch()
        next.secrets = 0
        next.bytes = 0
        let rest = next
        let goOn: @Sendable () -> Outcome = {
            rest.remaining.isEmpty ? rest.walk.outcome() : rest.outcome()
        }
        return secrets == 0 ? goOn() : .commit(batch, then: goOn)
    }
}
