// The rights of the entities that are in use, so that a request does not go through the tables.

internal import Synchronization

/// A bounded cache, in shards so that event loops do not wait for each other; built as `TokenCache`
/// is.
final class RightsCache: Sendable {
    /// What a reader has to show to put in what it computed: nothing changed in between.
    struct Ticket {
        fileprivate let epoch: UInt64
        fileprivate let generation: UInt64
    }

    private struct Entry {
        let rights: EntityRights
        let generation: UInt64
    }

    private struct Shard {
        var young: [String: Entry] = [:]
        var old: [String: Entry] = [:]
        var epoch: UInt64 = 0
    }

    private final class Slot: Sendable {
        let shard = Mutex(Shard())
    }

    private let generationEntities: Int
    private let slots: [Slot]
    /// Grows when a group changes; what was remembered before is not used any more.
    private let generation = Atomic<UInt64>(0)

    init(isSmall: Bool = false) {
        let shards = isSmall ? 8 : 64
        let entities =
            isSmall ? KernelLimits.cachedEntitiesOfNamespace : KernelLimits.cachedEntities
        generationEntities = entities / (2 * shards)
        slots = (0..<shards).map { _ in Slot() }
    }

    private func slot(_ id: String) -> Slot {
        // The last digits of an id are random.
        let number = id.utf8.suffix(2).reduce(0) { ($0 &* 31) &+ Int($1) }
        return slots[number % slots.count]
    }

    /// The rights, or the ticket to give to `insert` after computing them.
    func find(_ id: String) -> (rights: EntityRights?, ticket: Ticket) {
        let generation = generation.load(ordering: .acquiring)
        return slot(id).shard.withLock { shard in
            let ticket = Ticket(epoch: shard.epoch, generation: generation)
            if let entry = shard.young[id] {
                return (entry.generation == generation ? entry.rights : nil, ticket)
            }
            guard let entry = shard.old.removeValue(forKey: id), entry.generation == generation
            else { return (nil, ticket) }
            add(entry, id, to: &shard)
            return (entry.rights, ticket)
        }
    }

    /// Remembers rights that were computed after `ticket` was given, unless the entity changed
    /// since.
    func insert(_ rights: EntityRights, for id: String, _ ticket: Ticket) {
        slot(id).shard.withLock { shard in
            guard shard.epoch == ticket.epoch else { return }
            add(Entry(rights: rights, generation: ticket.generation), id, to: &shard)
        }
    }

    func invalidate(_ id: String) {
        slot(id).shard.withLock { shard in
            shard.epoch &+= 1
            shard.young[id] = nil
            shard.old[id] = nil
        }
    }

    /// Grows when all that is remembered is forgotten.
    var revision: UInt64 { generation.load(ordering: .acquiring) }

    func invalidateAll() { generation.wrappingAdd(1, ordering: .acquiringAndReleasing) }

    private func add(_ entry: Entry, _ id: String, to shard: inout Shard) {
        if shard.young.count >= generationEntities {
            shard.old = shard.young
            shard.young = [:]
        }
        shard.young[id] = entry
    }
}
