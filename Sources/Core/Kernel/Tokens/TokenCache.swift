// Tokens in memory, so that an ordinary request does not read the token store.

internal import Synchronization

/// A decoded token with the revision it was read at.
///
/// A class, since the cache's copy is handed out to every request.
final class StoredToken: Sendable {
    let key: TokenKey
    let entry: TokenEntry
    let revision: UInt64

    init(key: TokenKey, entry: TokenEntry, revision: UInt64) {
        self.key = key
        self.entry = entry
        self.revision = revision
    }
}

/// A bounded cache of tokens, in shards so that event loops do not wait for each other.
///
/// Each shard holds two generations: when the young one is full it becomes the old one and the old
/// one is dropped; a hit in the old one moves the token back. What is in use stays, without a list
/// to maintain.
final class TokenCache: Sendable {
    private struct Shard {
        var young: [TokenKey: StoredToken] = [:]
        var old: [TokenKey: StoredToken] = [:]
        /// Grows with every change, so that a reader cannot put back what was removed while it
        /// read.
        var epoch: UInt64 = 0
    }

    private final class Slot: Sendable {
        let shard = Mutex(Shard())
    }

    private let generationTokens: Int
    private let slots: [Slot]

    /// One of many namespaces gets a small one: an empty cache takes room as well.
    init(isSmall: Bool = false) {
        let shards = isSmall ? 8 : 64
        let tokens =
            isSmall ? KernelLimits.cachedTokensOfNamespace : KernelLimits.cachedTokens
        generationTokens = tokens / (2 * shards)
        slots = (0..<shards).map { _ in Slot() }
    }

    private func slot(_ key: TokenKey) -> Slot {
        slots[Int(key.shardNumber % UInt64(slots.count))]
    }

    /// The token, or the epoch to give to `insert` after reading it from storage.
    func find(_ key: TokenKey) -> (token: StoredToken?, epoch: UInt64) {
        slot(key).shard.withLock { shard in
            if let token = shard.young[key] { return (token, shard.epoch) }
            if let token = shard.old.removeValue(forKey: key) {
                add(token, to: &shard)
                return (token, shard.epoch)
            }
            return (nil, shard.epoch)
        }
    }

    /// Remembers what was read, unless something changed since `epoch`.
    func insert(_ token: StoredToken, readAt epoch: UInt64) {
        slot(token.key).shard.withLock { shard in
            if shard.epoch == epoch { add(token, to: &shard) }
        }
    }

    /// Forgets a token that was changed or removed; the next look-up reads it again.
    func invalidate(_ key: TokenKey) {
        slot(key).shard.withLock { shard in
            shard.epoch += 1
            shard.young[key] = nil
            shard.old[key] = nil
        }
    }

    func removeAll() {
        for slot in slots {
            slot.shard.withLock { shard in
                shard.epoch += 1
                shard.young = [:]
                shard.old = [:]
            }
        }
    }

    private func add(_ token: StoredToken, to shard: inout Shard) {
        if shard.young.count >= generationTokens {
            shard.old = shard.young
            shard.young = [:]
        }
        shard.young[token.key] = token
    }
}
