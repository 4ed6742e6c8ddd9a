// The buckets of all clients of all quotas, within a fixed amount of memory.

internal import Synchronization

/// In shards, so that event loops do not wait for each other.
///
/// A client that has no bucket has a full one, so what is full is dropped. When a shard is full of
/// others, one that is nearly full makes room: whoever has very many addresses gains nothing by
/// it, since each new address has a full bucket anyway, and nobody else is locked out.
final class ClientBuckets: Sendable {
    struct Key: Hashable {
        let quota: UInt32
        let client: ClientAddress
    }

    private struct Shard {
        var buckets: [Key: TokenBucket] = [:]
        var nextSweep: UInt64 = 0
    }

    private final class Slot: Sendable {
        let shard = Mutex(Shard())
    }

    private static let shardCount = 64
    private static let looksForRoom = 16
    private static let sweepNanoseconds: UInt64 = 1_000_000_000

    private let slots: [Slot]
    private let bucketsPerShard: Int

    init(maxBuckets: Int = KernelLimits.rateLimitedClients) {
        slots = (0..<Self.shardCount).map { _ in Slot() }
        bucketsPerShard = max(1, maxBuckets / Self.shardCount)
    }

    func take(_ key: Key, _ shape: BucketShape, now: UInt64) -> TokenBucket.Verdict {
        let hash = UInt(bitPattern: key.hashValue)
        return slots[Int(hash % UInt(Self.shardCount))].shard.withLock { shard in
            var bucket = shard.buckets[key] ?? TokenBucket()
            let verdict = bucket.take(shape, now: now)
            if shard.buckets[key] == nil, shard.buckets.count >= bucketsPerShard {
                makeRoom(&shard, now)
            }
            shard.buckets[key] = bucket
            return verdict
        }
    }

    var count: Int { slots.reduce(0) { $0 + $1.shard.withLock { $0.buckets.count } } }

    func removeAll() { for slot in slots { slot.shard.withLock { $0 = Shard() } } }

    private func makeRoom(_ shard: inout Shard, _ now: UInt64) {
        if now >= shard.nextSweep {
            // Not for each request of a flood: a sweep looks at the whole shard.
            shard.nextSweep = now &+ Self.sweepNanoseconds
            shard.buckets = shard.buckets.filter { !$0.value.isIdle(now: now) }
            if shard.buckets.count < bucketsPerShard { return }
        }
        let candidates = shard.buckets.prefix(Self.looksForRoom)
        let leastMissed = candidates.min {
            max($0.value.fullAt, $0.value.blockedUntil)
                < max($1.value.fullAt, $1.value.blockedUntil)
        }
        if let leastMissed { shard.buckets[leastMissed.key] = nil }
    }
}
