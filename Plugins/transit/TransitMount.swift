// A mount of the engine: the keys in memory, and how handlers come to a key and change it.

import Cryptography
import PluginSDK

final class TransitMount: Sendable {
    let cache = KeyCache()
    let newWrappingKey = NewWrappingKey()

    /// Goes on with the key, or nil if there is none. A key that is in memory costs one read, which
    /// came along with the request.
    func withKey(
        _ name: String, then: @escaping @Sendable (LoadedKey?) throws -> Outcome
    ) -> Outcome {
        .read([StorageKey.mark(name)]) { [self] entries in
            guard let mark = entries[StorageKey.mark(name)] else {
                cache.remove(name)
                return try then(nil)
            }
            if let key = cache.find(name, mark: mark) { return try then(key) }
            return .read([StorageKey.ring(name), StorageKey.uses(name)]) { [self] entries in
                // It may be newer than the mark, and it carries its own.
                guard let record = entries[StorageKey.ring(name)] else { return try then(nil) }
                let key = try Self.load(record, uses: try entries.keyUses(name))
                cache.insert(key, name)
                return try then(key)
            }
        }
    }

    /// As above for a key that must be there and may be used; if its rotation is due, it is rotated
    /// first.
    func withUsableKey(
        _ request: Request, _ name: String,
        whenMissing missing: @escaping @Sendable () throws -> Outcome,
        then: @escaping @Sendable (LoadedKey) throws -> Outcome
    ) -> Outcome {
        withKey(name) { [self] key in
            guard let key else { return try missing() }
            try key.ring.requireUsable()
            guard key.isRotationDue(request.now) else { return try then(key) }
            return try rotate(key.ring, request) { [self] ring in
                let (batch, rotated) = save(ring, name)
                return .commit(batch) { try then(rotated) }
            }
        }
    }

    func withUsableKey(
        _ request: Request, _ name: String, whenMissing message: String,
        then: @escaping @Sendable (LoadedKey) throws -> Outcome
    ) -> Outcome {
        withUsableKey(
            request, name, whenMissing: { throw PluginError(.invalidRequest, message) }, then: then)
    }

    /// Changes a key that must be there, and answers what it has become.
    func change(
        _ name: String, answer: @escaping @Sendable (LoadedKey) throws -> Answer = { _ in .none },
        _ body: @escaping @Sendable (inout KeyRing) throws -> Void
    ) -> Outcome {
        withKey(name) { [self] key in
            guard let key else { throw PluginError.noSuchKey(name) }
            var ring = key.ring
            try body(&ring)
            let (batch, changed) = save(ring, name)
            return .answer(try answer(changed), writing: batch)
        }
    }

    /// Adds a version; a slow one is made on another thread.
    func rotate(
        _ ring: KeyRing, _ request: Request,
        then: @escaping @Sendable (KeyRing) throws -> Outcome
    ) throws -> Outcome {
        try ring.requireRotatable()
        let make: @Sendable () throws -> Outcome = {
            var ring = ring
            // What is made here cannot be mixed with what is brought.
            ring.isImported = false
            do throws(CryptoError) {
                ring.add(
                    try KeyVersion.generate(
                        ring.type, keyBytes: ring.keyBytes, isConvergent: ring.isConvergent,
                        now: request.now))
            } catch { throw PluginError.cryptographyFailed }
            return try then(ring)
        }
        return ring.type.isSlow ? .work(make) : try make()
    }

    /// The writes that store the ring, and the key as it is then. It is not in memory yet: whether
    /// the writes happen is not known.
    func save(_ ring: KeyRing, _ name: String) -> (WriteBatch, LoadedKey) {
        let mark = SecureRandom.bytes(KeyRing.markBytes)
        var batch = WriteBatch()
        batch.put(StorageKey.mark(name), mark)
        batch.put(StorageKey.ring(name), ring.record(mark: mark))
        return (batch, LoadedKey(mark: mark, ring: ring))
    }

    static func load(
        _ record: [UInt8], uses: [Int: Int] = [:]
    ) throws(PluginError) -> LoadedKey {
        do throws(RecordError) {
            let (mark, ring) = try KeyRing.read(record)
            return LoadedKey(mark: mark, ring: ring, uses: uses)
        } catch { throw error.failure(of: "key") }
    }
}

extension PluginError {
    static func noSuchKey(_ name: String) -> PluginError {
        PluginError(.invalidRequest, "no existing key named \(name) could be found")
    }
}
