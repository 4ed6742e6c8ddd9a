// Ordered storage in memory with revisions and atomic conditional batches, as the core offers them
// to a mount, and a door for tests to change something at the worst moment.

import PluginSDK
import Synchronization
public import Wire

public final class MemoryStorage: Sendable {
    private struct State {
        var entries: [[UInt8]: StorageEntry] = [:]
        var revision: UInt64 = 0
        var commits = 0
        var forcedConflicts = 0
        var beforeCommit: (@Sendable (MemoryStorage) -> Void)?
        var failure: PluginFailure?
        var lastKeysRead: [[UInt8]] = []
        var mostPreconditions = 0
        var intents: [[UInt8]] = []
        var passwords: @Sendable (String) -> String? = { _ in nil }
        var identity: [String: String] = [:]
        var databasePlugins: AskedDatabasePlugin.Answering = { _ throws(PluginError) in
            throw PluginError(.permissionDenied, "there are no database plugins")
        }
    }

    private let state = Mutex(State())

    public init() {}

    /// All keys, in byte order.
    public var keys: [String] {
        state.withLock { state in
            state.entries.keys.sorted { $0.lexicographicallyPrecedes($1) }
                .map { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// Reading and writing as another writer would.
    public subscript(_ key: String) -> [UInt8]? {
        get { state.withLock { $0.entries[Array(key.utf8)]?.value } }
        set {
            state.withLock { state in
                state.revision += 1
                let key = Array(key.utf8)
                state.entries[key] = newValue.map {
                    StorageEntry(key: key, value: $0, revision: state.revision)
                }
            }
        }
    }

    /// Batches that were applied.
    public var commits: Int { state.withLock { $0.commits } }

    /// What the last read asked for.
    public var lastKeysRead: [String] {
        state.withLock { $0.lastKeysRead }.map { String(decoding: $0, as: UTF8.self) }
    }

    /// How many entries one batch was conditional on, at most.
    public var mostPreconditions: Int { state.withLock { $0.mostPreconditions } }

    /// What the engine gave to be able to undo what it did next, in order.
    public var intents: [[UInt8]] { state.withLock { $0.intents } }

    /// What the namespace's password policies make, by their names.
    public var passwords: @Sendable (String) -> String? {
        get { state.withLock { $0.passwords } }
        set { state.withLock { $0.passwords = newValue } }
    }

    /// What the caller has for the parameters of templates (`identity.entity.name`), as harmless as
    /// the core sees to. With a parameter that is no `identity…` a template is refused.
    public var identity: [String: String] {
        get { state.withLock { $0.identity } }
        set { state.withLock { $0.identity = newValue } }
    }

    /// The database plugins of the catalog.
    public var databasePlugins: AskedDatabasePlugin.Answering {
        get { state.withLock { $0.databasePlugins } }
        set { state.withLock { $0.databasePlugins = newValue } }
    }

    /// The next `count` commits answer that something else was there first.
    public func injectConflicts(_ count: Int) {
        state.withLock { $0.forcedConflicts = count }
    }

    /// Runs once, right before the next commit is looked at: the place of a concurrent writer.
    public func beforeNextCommit(_ body: @escaping @Sendable (MemoryStorage) -> Void) {
        state.withLock { $0.beforeCommit = body }
    }

    /// All calls fail with this until it is nil again.
    public func fail(_ failure: PluginFailure?) {
        state.withLock { $0.failure = failure }
    }

    package func entries(_ keys: [[UInt8]]) -> [StorageEntry] {
        state.withLock { state in
            keys.map { state.entries[$0] ?? StorageEntry(key: $0, value: nil, revision: 0) }
        }
    }

    package func perform(_ action: StorageAction) -> StorageReply {
        if let failure = state.withLock({ $0.failure }) { return .failure(failure) }
        switch action {
        case .get(let keys):
            state.withLock { $0.lastKeysRead = keys }
            return .entries(entries(keys))
        case .list(let prefix, let after, let limit):
            return list(prefix, after, limit: Int(limit))
        case .password(let policy):
            guard let password = passwords(policy) else {
                return .failure(PluginFailure(.invalidRequest, "no such password policy"))
            }
            return .password(password)
        case .fill(let templates): return fill(templates)
        case .database(let call):
            return AskedDatabasePlugin(call).reply(databasePlugins)
        case .commit(let batch):
            let hook = state.withLock { state in
                defer { state.beforeCommit = nil }
                return state.beforeCommit
            }
            hook?(self)
            return state.withLock { Self.commit(batch, &$0) }
        }
    }

    private func fill(_ templates: [String]) -> StorageReply {
        let identity = identity
        var filled: [String?] = []
        for template in templates {
            var text: String? = ""
            for (index, part) in template.components(separatedBy: "{{").enumerated() {
                guard index > 0 else {
                    text = part
                    continue
                }
                let pair = part.components(separatedBy: "}}")
                guard pair.count == 2, pair[0].hasPrefix("identity.") else {
                    return .failure(PluginFailure(.invalidRequest, "unknown template parameter"))
                }
                text = text.flatMap { text in identity[pair[0]].map { text + $0 + pair[1] } }
            }
            filled.append(text)
        }
        return .filled(filled)
    }

    private func list(_ prefix: [UInt8], _ after: [UInt8], limit: Int) -> StorageReply {
        let slash = UInt8(ascii: "/")
        let names: Set<[UInt8]> = state.withLock { state in
            var names: Set<[UInt8]> = []
            for key in state.entries.keys where key.starts(with: prefix) {
                let rest = key.dropFirst(prefix.count)
                names.insert(
                    rest.firstIndex(of: slash).map { Array(rest[...$0]) } ?? Array(rest))
            }
            return names
        }
        let sorted = names.filter { after.isEmpty || after.lexicographicallyPrecedes($0) }
            .sorted { $0.lexicographicallyPrecedes($1) }
        return .names(Array(sorted.prefix(limit)), more: sorted.count > limit)
    }

    private static func commit(_ batch: StorageCommit, _ state: inout State) -> StorageReply {
        if state.forcedConflicts > 0 {
            state.forcedConflicts -= 1
            return .conflict(key: batch.preconditions.first?.key ?? [])
        }
        state.mostPreconditions = max(state.mostPreconditions, batch.preconditions.count)
        for condition in batch.preconditions
        where (state.entries[condition.key]?.revision ?? 0) != condition.revision {
            return .conflict(key: condition.key)
        }
        state.revision += 1
        state.commits += 1
        if !batch.intent.isEmpty { state.intents.append(batch.intent) }
        for put in batch.puts {
            state.entries[put.key] = StorageEntry(
                key: put.key, value: put.value, revision: state.revision)
        }
        for key in batch.deletes { state.entries[key] = nil }
        return .committed(revision: state.revision)
    }
}

extension String {
    /// Without Foundation.
    fileprivate func components(separatedBy separator: String) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while let found = rest.firstRange(of: separator) {
            parts.append(String(rest[..<found.lowerBound]))
            rest = rest[found.upperBound...]
        }
        return parts + [String(rest)]
    }
}
