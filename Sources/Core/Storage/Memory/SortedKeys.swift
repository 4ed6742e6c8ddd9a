// The memory store's keys in byte order, for listing.

/// Chunks of sorted keys: inserting moves at most a chunk, and finding is two binary searches.
struct SortedKeys: Sendable {
    static let maxChunk = 512

    private var chunks: [[String]] = []

    var count: Int { chunks.reduce(0) { $0 + $1.count } }

    /// The first key at or after `target`.
    func first(atOrAfter target: [UInt8]) -> String? {
        target.withUnsafeBytes { target in
            let chunk = chunkIndex(of: target)
            guard chunk < chunks.count else { return nil }
            let place = place(of: target, in: chunks[chunk])
            if place < chunks[chunk].count { return chunks[chunk][place] }
            return chunk + 1 < chunks.count ? chunks[chunk + 1].first : nil
        }
    }

    mutating func insert(_ key: String) {
        ByteKey.withBytes(key) { bytes in
            guard !chunks.isEmpty else {
                chunks.append([key])
                return
            }
            let chunk = chunkIndex(of: bytes)
            let place = place(of: bytes, in: chunks[chunk])
            if place < chunks[chunk].count,
                ByteKey(chunks[chunk][place]) == ByteKey(key)
            {
                return
            }
            chunks[chunk].insert(key, at: place)
            if chunks[chunk].count > Self.maxChunk { split(chunk) }
        }
    }

    mutating func remove(_ key: String) {
        ByteKey.withBytes(key) { bytes in
            let chunk = chunkIndex(of: bytes)
            guard chunk < chunks.count else { return }
            let place = place(of: bytes, in: chunks[chunk])
            guard place < chunks[chunk].count, ByteKey(chunks[chunk][place]) == ByteKey(key) else {
                return
            }
            chunks[chunk].remove(at: place)
            if chunks[chunk].isEmpty { chunks.remove(at: chunk) }
        }
    }

    private mutating func split(_ chunk: Int) {
        let half = chunks[chunk].count / 2
        let upper = Array(chunks[chunk][half...])
        chunks[chunk].removeLast(upper.count)
        chunks.insert(upper, at: chunk + 1)
    }

    /// The last chunk that begins at or before the key; the first if none does.
    private func chunkIndex(of key: UnsafeRawBufferPointer) -> Int {
        var (low, high) = (0, chunks.count)
        while low < high {
            let middle = (low + high) / 2
            let isAfter = ByteKey.withBytes(chunks[middle][0]) { ByteKey.order($0, key) > 0 }
            if isAfter { high = middle } else { low = middle + 1 }
        }
        return max(low - 1, 0)
    }

    private func place(of key: UnsafeRawBufferPointer, in chunk: [String]) -> Int {
        var (low, high) = (0, chunk.count)
        while low < high {
            let middle = (low + high) / 2
            let isBefore = ByteKey.withBytes(chunk[middle]) { ByteKey.order($0, key) < 0 }
            if isBefore { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
