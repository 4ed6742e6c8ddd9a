// The versions of Coffer that have opened a store, kept behind the barrier: one entry for each.

internal import Barrier
internal import Clock
internal import JSON

struct VersionHistory: Sendable {
    struct Version: Sendable {
        var name: String
        var previous: String?
        var firstSeen: Timestamp
    }

    private static let folder = "core/versions/"
    private static let format = 1

    let barrier: Barrier

    /// Oldest first.
    func all() throws(BackendFailure) -> [Version] {
        var versions: [Version] = []
        try barrier.forEachName(in: Self.folder) { name throws(BackendFailure) in
            guard let stored = try barrier.read(Self.folder + name),
                let value = try? JSONValue(parsing: stored.value),
                value["v"]?.intValue == Self.format,
                let seen = value["first_seen"]?.stringValue.flatMap({ Timestamp(rfc3339: $0) })
            else { return }
            versions.append(
                Version(name: name, previous: value["previous"]?.stringValue, firstSeen: seen))
        }
        return versions.sorted { ($0.firstSeen, $0.name) < ($1.firstSeen, $1.name) }
    }

    /// Remembers a version when it opens the store for the first time.
    func record(_ name: String, now: Timestamp) async throws(BackendFailure) {
        let known = try all()
        guard !known.contains(where: { $0.name == name }) else { return }
        let value: JSONValue = [
            "v": .number(JSONNumber(Self.format)),
            "previous": known.last.map { .string($0.name) } ?? .null,
            "first_seen": .string(now.rfc3339),
        ]
        try await barrier.put(Self.folder + name, value.encoded())
    }
}
