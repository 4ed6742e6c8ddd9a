// A mount's storage behind a real barrier in memory.

import Barrier
import Cryptography
import Storage

@testable import Kernel

enum TestStorage {
    static func make(prefix: String = "test/") async throws -> MountStorage {
        let barrier = Barrier(store: MemoryStore())
        let rootKey = SecretBytes(random: 32)
        try await barrier.initialise(rootKey: rootKey)
        try barrier.unseal(rootKey: rootKey)
        let intents = IntentStore(barrier: barrier, namespacePrefix: "ns/")
        return MountStorage(
            barrier: barrier, prefix: prefix,
            intents: MountIntents(store: intents, mount: UUID128()))
    }
}

extension MountStorage {
    func put(_ key: String, _ value: String) async -> MountCommit {
        await withCheckedContinuation { continuation in
            commit(preconditions: [], puts: [(key, Array(value.utf8))], deletes: []) {
                continuation.resume(returning: $0)
            }
        }
    }

    func text(_ key: String) throws -> String? {
        try get(key).map { String(decoding: $0.value, as: UTF8.self) }
    }
}
