// Keys of up to 4 KiB in a database that allows 511 bytes, in byte order all the same.

import CLMDB
import Glibc

/// A key of up to 400 bytes is stored as it is. A longer one is cut into chunks of 400: each full
/// chunk is a link (chunk and a zero byte, which no key has, being one byte too long for one) to a
/// numbered node, and what remains is stored under the last node's number. So the order of stored
/// keys is the order of keys at every level, nothing is hashed, and two keys never collide.
///
/// A node exists as long as something lies in it, so every link leads to at least one key.
enum LMDBKeySpace {
    static let chunkBytes = 400
    static let linkBytes = chunkBytes + 1
    /// More levels than the longest key can have mean that links go in a circle.
    static let maxLevels = StorageLimits.maxKeyBytes / chunkBytes + 1

    static func key(of node: UInt64, _ tail: some Collection<UInt8>) -> [UInt8] {
        var key: [UInt8] = []
        key.reserveCapacity(8 + linkBytes)
        if node != 0 { withUnsafeBytes(of: node.bigEndian) { key.append(contentsOf: $0) } }
        key.append(contentsOf: tail)
        return key
    }

    static func nodeID(_ value: UnsafeRawBufferPointer) throws(StorageError) -> UInt64 {
        let id = value.count == 8 ? UInt64(bigEndian: value.loadUnaligned(as: UInt64.self)) : 0
        guard id != 0 else { throw StorageError(.corrupted, "a link of the store is damaged") }
        return id
    }
}

extension LMDBTransaction {
    func table(of node: UInt64) -> MDB_dbi { node == 0 ? tables.entries : tables.tails }

    func value(
        _ key: UnsafeRawBufferPointer
    ) throws(StorageError) -> (revision: UInt64, bytes: UnsafeRawBufferPointer)? {
        let found: UnsafeRawBufferPointer?
        if key.count <= LMDBKeySpace.chunkBytes {
            found = try get(tables.entries, key)
        } else if let place = try place(of: key) {
            found = try get(tables.tails, bytes: place.stored)
        } else {
            found = nil
        }
        guard let found else { return nil }
        guard found.count >= 8 else {
            throw StorageError(.corrupted, "an entry of the store is truncated")
        }
        let revision = UInt64(bigEndian: found.loadUnaligned(as: UInt64.self))
        return (revision, UnsafeRawBufferPointer(rebasing: found[8...]))
    }

    func put(
        _ key: UnsafeRawBufferPointer, revision: UInt64, _ value: UnsafeRawBufferPointer
    ) throws(StorageError) {
        if key.count <= LMDBKeySpace.chunkBytes {
            try put(tables.entries, key, revision, value)
        } else if let place = try place(of: key, creating: true) {
            try put(tables.tails, bytes: place.stored, revision, value)
        }
    }

    func delete(_ key: UnsafeRawBufferPointer) throws(StorageError) {
        if key.count <= LMDBKeySpace.chunkBytes {
            _ = try delete(tables.entries, key)
            return
        }
        guard let place = try place(of: key), try delete(tables.tails, bytes: place.stored) else {
            return
        }
        // Links to nodes that have become empty go too, the deepest first.
        for link in place.links.reversed() {
            guard try isEmpty(link.child) else { break }
            _ = try delete(table(of: link.node), bytes: link.stored)
        }
    }

    private struct Link {
        let node: UInt64
        let stored: [UInt8]
        let child: UInt64
    }

    private struct Place {
        let links: [Link]
        let stored: [UInt8]
    }

    /// Where a long key's value lies; nil if a link on the way is missing and not to be created.
    private func place(
        of key: UnsafeRawBufferPointer, creating: Bool = false
    ) throws(StorageError) -> Place? {
        var rest = key[...]
        var node: UInt64 = 0
        var links: [Link] = []
        while rest.count > LMDBKeySpace.chunkBytes {
            let chunk = rest.prefix(LMDBKeySpace.chunkBytes)
            let stored = LMDBKeySpace.key(of: node, chunk) + [0]
            let child: UInt64
            if let value = try get(table(of: node), bytes: stored) {
                child = try LMDBKeySpace.nodeID(value)
            } else if creating {
                child = (try counter("node") ?? 0) + 1
                try setCounter("node", child)
                try put(table(of: node), bytes: stored, child, .empty)
            } else {
                return nil
            }
            links.append(Link(node: node, stored: stored, child: child))
            node = child
            rest = rest.dropFirst(LMDBKeySpace.chunkBytes)
        }
        return Place(links: links, stored: LMDBKeySpace.key(of: node, rest))
    }

    private func isEmpty(_ node: UInt64) throws(StorageError) -> Bool {
        let cursor = try LMDBCursor(self, tables.tails)
        defer { cursor.close() }
        let start = LMDBKeySpace.key(of: node, [])
        guard let found = try cursor.seek(start) else { return true }
        return !found.key.starts(with: start)
    }

    // Byte arrays in place of buffers; `Array.withUnsafeBytes` does not carry typed errors.
    private func get(
        _ table: MDB_dbi, bytes key: [UInt8]
    ) throws(StorageError) -> UnsafeRawBufferPointer? {
        try withBytes(key) { key throws(StorageError) in try get(table, key) }
    }

    private func put(
        _ table: MDB_dbi, bytes key: [UInt8], _ head: UInt64, _ rest: UnsafeRawBufferPointer
    ) throws(StorageError) {
        try withBytes(key) { key throws(StorageError) in try put(table, key, head, rest) }
    }

    private func delete(_ table: MDB_dbi, bytes key: [UInt8]) throws(StorageError) -> Bool {
        try withBytes(key) { key throws(StorageError) in try delete(table, key) }
    }
}
