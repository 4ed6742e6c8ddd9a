// What a lane must know of a mount to carry its requests. Immutable; a changed mount gets a new
// one.

internal import Kernel
internal import Paths
internal import Wire

final class EngineView: Sendable {
    let id: MountID
    let storage: MountStorage
    let manifest: BackendManifest
    let check: AnswerCheck
    /// Whether any route declares reads; most engines' requests then skip the look at routes.
    let hasReads: Bool

    init(id: MountID, storage: MountStorage, manifest: BackendManifest, hasReads: Bool) {
        self.id = id
        self.storage = storage
        self.manifest = manifest
        self.hasReads = hasReads
        check = AnswerCheck(kind: manifest.kind)
    }

    /// The entries that the request's route declares its operation will read. Sent along, they save
    /// a round trip; what cannot be read now the plugin asks for itself.
    func prefetch(for request: BackendRequest) -> [StorageEntry] {
        guard hasReads,
            let (route, captures) = manifest.routes.route(for: request.path)
        else { return [] }
        var entries: [StorageEntry] = []
        var bytes = 0
        for template in route.reads(for: request.operation) {
            guard let key = template.expand(captures), let found = read(key) else { continue }
            bytes += found.value?.count ?? 0
            guard bytes <= PluginHostLimits.prefetchedBytes else { break }
            entries.append(found)
        }
        return entries
    }

    private func read(_ key: String) -> StorageEntry? {
        do throws(BackendFailure) {
            guard let (value, revision) = try storage.get(key) else {
                return StorageEntry(key: Array(key.utf8), value: nil, revision: 0)
            }
            return StorageEntry(key: Array(key.utf8), value: value, revision: revision)
        } catch {
            return nil
        }
    }
}
