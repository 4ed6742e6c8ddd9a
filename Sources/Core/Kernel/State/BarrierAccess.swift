// The barrier as the core's tables use it: with the core's one kind of failure.

internal import Barrier

extension Barrier {
    func read(_ key: String) throws(BackendFailure) -> BarrierEntry? {
        do throws(BarrierError) { return try get(key) } catch { throw BackendFailure(error) }
    }

    /// One page of a folder's names after `after`, in byte order.
    func names(_ folder: String, after: String, limit: Int) throws(BackendFailure) -> [String] {
        do throws(BarrierError) { return try list(folder, after: after, limit: limit) } catch {
            throw BackendFailure(error)
        }
    }

    /// How many names a folder has, counted page by page.
    func count(of folder: String) throws(BackendFailure) -> Int {
        var total = 0
        try forEachName(in: folder) { _ in total += 1 }
        return total
    }

    /// All names of a folder, page by page.
    func forEachName(
        in folder: String, _ body: (String) throws(BackendFailure) -> Void
    ) throws(BackendFailure) {
        var after = ""
        while true {
            let names = try names(folder, after: after, limit: KernelLimits.listPageEntries)
            for name in names { try body(name) }
            guard names.count == KernelLimits.listPageEntries, let last = names.last else { return }
            after = last
        }
    }

    /// Writes all of a batch or nothing. A precondition that does not hold is a concurrent change.
    func write(_ batch: BarrierBatch) async throws(BackendFailure) {
        do throws(BarrierError) { _ = try await commit(batch) } catch {
            throw BackendFailure(error)
        }
    }

    func put(
        _ key: String, _ value: [UInt8], growth: BarrierGrowth = .bounded
    ) async throws(BackendFailure) {
        var batch = BarrierBatch(growth: growth)
        batch.puts.append((key, value))
        try await write(batch)
    }

    func delete(_ key: String) async throws(BackendFailure) {
        var batch = BarrierBatch()
        batch.deletes.append(key)
        try await write(batch)
    }

    /// Deletes a whole folder, page by page.
    func deleteFolder(_ folder: String) async throws(BackendFailure) {
        var folders = [folder]
        while let current = folders.popLast() {
            while true {
                let names = try names(current, after: "", limit: 1000)
                if names.isEmpty { break }
                var batch = BarrierBatch()
                var nested: [String] = []
                for name in names {
                    if name.utf8.last == UInt8(ascii: "/") {
                        nested.append(current + name)
                    } else {
                        batch.deletes.append(current + name)
                    }
                }
                if !batch.deletes.isEmpty { try await write(batch) }
                if !nested.isEmpty {
                    folders.append(current)
                    folders.append(contentsOf: nested)
                    break
                }
            }
        }
    }
}

extension BackendFailure {
    init(_ error: BarrierError) {
        switch error.code {
        case .sealed: self.init(.sealed, "Vault is sealed")
        case .full:
            self.init(.unavailable, "storage is full: \(error.message)", retryAfterSeconds: 30)
        case .overBound(let quota):
            self = NamespaceBoundsTable.exceeded(quota, "max_storage_bytes", error.message)
        case .tooLarge: self.init(.tooLarge, error.message)
        case .conflict:
            self.init(.unavailable, "a concurrent change won; try again", retryAfterSeconds: 1)
        case .keyDestroyed:
            self.init(.unavailable, "the namespace is being deleted", retryAfterSeconds: 1)
        default: self.init(.internalError, "storage failed: \(error.message)")
        }
    }
}
