// A mount's own corner of the barrier. It is the only storage an engine can name.

internal import Barrier

/// The entries of one mount, below the mount's own prefix.
public final class MountStorage: Sendable {
    private let barrier: Barrier
    /// `<namespace id>/mount/<mount id>/`.
    private let prefix: String
    /// Where the engine's intents go; a storage that is no mount's has none.
    private let intents: MountIntents?
    /// The password policies of its namespace.
    private let passwordPolicies: PasswordPolicyStore?
    /// Those whom its templates are about.
    private let identity: IdentityStore?
    /// For writers that meet on an entry.
    public let turns = WriteTurns()
    private let changes: MountChanges
    /// The database plugins that work for the mount.
    public let databases: MountDatabases?
    /// A database plugin keeps nothing, and is given nothing to read.
    private let isClosed: Bool

    init(
        barrier: Barrier, prefix: String, intents: MountIntents? = nil,
        changes: MountChanges = MountChanges(), passwordPolicies: PasswordPolicyStore? = nil,
        identity: IdentityStore? = nil, databases: MountDatabases? = nil
    ) {
        isClosed = false
        self.databases = databases
        self.changes = changes
        self.barrier = barrier
        self.prefix = prefix
        self.intents = intents
        self.passwordPolicies = passwordPolicies
        self.identity = identity
    }

    /// A storage that refuses everything.
    init(closedIn barrier: Barrier) {
        self.barrier = barrier
        isClosed = true
        prefix = ""
        intents = nil
        passwordPolicies = nil
        identity = nil
        databases = nil
        // Of its own, so that nothing is ever told.
        changes = MountChanges()
    }

    private func checkIsOpen() throws(BackendFailure) {
        guard !isClosed else {
            throw BackendFailure(.permissionDenied, "a database plugin has no storage")
        }
    }

    /// The entry, or `nil` if there is none.
    public func get(_ key: String) throws(BackendFailure) -> (value: [UInt8], revision: UInt64)? {
        try checkIsOpen()
        try Self.check(key)
        do {
            guard let entry = try barrier.get(prefix + key) else { return nil }
            return (entry.value, entry.revision)
        } catch { throw BackendFailure(error) }
    }

    /// Names of the direct children of `folder` (empty or ending in a slash) after `after`, in byte
    /// order; folders end in a slash.
    public func list(_ folder: String, after: String, limit: Int) throws(BackendFailure) -> [String]
    {
        try checkIsOpen()
        if !folder.isEmpty {
            guard folder.utf8.last == UInt8(ascii: "/") else {
                throw BackendFailure(.invalidRequest, "a storage folder ends in a slash")
            }
            try Self.check(String(folder.dropLast()))
        }
        do { return try barrier.list(prefix + folder, after: after, limit: limit) } catch {
            throw BackendFailure(error)
        }
    }

    /// Writes all of it or nothing: if an entry named in `preconditions` has another revision (0 is
    /// "absent"), it fails with the key that changed. An intent is stored with it. What ends or
    /// undoes something is written even if the namespace has used up its storage.
    public func commit(
        preconditions: [(key: String, revision: UInt64)], puts: [(key: String, value: [UInt8])],
        deletes: [String], intent: EngineIntent? = nil, isUndoing: Bool = false,
        then: @escaping @Sendable (MountCommit) -> Void
    ) {
        var batch = BarrierBatch(growth: isUndoing ? .unbounded : .bounded)
        do {
            try checkIsOpen()
            for (key, revision) in preconditions {
                try Self.check(key)
                batch.preconditions.append((prefix + key, revision))
            }
            for (key, value) in puts {
                try Self.check(key)
                batch.puts.append((prefix + key, value))
            }
            for key in deletes {
                try Self.check(key)
                batch.deletes.append(prefix + key)
            }
        } catch { return then(.failed(error)) }
        var then = then
        if let intent {
            guard let intents else {
                return then(
                    .failed(BackendFailure(.unsupportedOperation, "no intents are kept here")))
            }
            let (entry, stored) = intents.begin(intent, then: then)
            batch.puts.append(entry)
            then = stored
        }
        let (done, prefix, changes) = (then, prefix, changes)
        let prefixBytes = prefix.utf8.count
        barrier.commit(batch) { result in
            switch result {
            case .success(let revision):
                if changes.isWatched {
                    changes.tell(prefix, puts.map(\.key) + deletes) { done(.committed(revision)) }
                } else {
                    done(.committed(revision))
                }
            case .failure(let error):
                if case .conflict(let key) = error.code {
                    done(
                        .conflict(String(decoding: key.utf8.dropFirst(prefixBytes), as: UTF8.self)))
                } else {
                    done(.failed(BackendFailure(error)))
                }
            }
        }
    }

    /// Calls `watcher` after each change of these entries, whoever makes it, for as long as the
    /// watch is kept.
    public func watch(_ watcher: @escaping MountChanges.Watcher) -> MountWatch {
        changes.watch(prefix, watcher)
    }

    /// A password by a policy of the mount's namespace.
    public func generatePassword(policy: String) throws(BackendFailure) -> String {
        try checkIsOpen()
        guard let password = try passwordPolicies?.generate(policy) else {
            throw BackendFailure(
                .invalidRequest, "password policy \(policy.quotedForMessage) does not exist")
        }
        return password
    }

    /// The templates with their `{{identity…}}` parameters filled in for an entity of the mount's
    /// namespace; nil where it has no such value, or one that could say more than the template's
    /// author meant. What is no template of a known parameter is refused.
    public func fill(
        _ templates: [String], forEntity id: String
    ) throws(BackendFailure) -> [String?] {
        for template in templates {
            guard template.utf8.count <= KernelLimits.engineTemplateBytes else {
                throw BackendFailure(.invalidRequest, "a template is too long")
            }
            do throws(PolicyError) {
                _ = try PathTemplate.parameters(of: template) { PolicyError(.invalid, $0) }
            } catch { throw BackendFailure(.invalidRequest, error.message) }
        }
        guard !id.isEmpty, let rights = identity?.rights(ofEntity: id), !rights.entity.isDisabled
        else { return templates.map { $0.contains("{{") ? nil : $0 } }
        return templates.map { template in
            guard case .path(let text) = PathTemplate.fill(template, rights) else { return nil }
            return text
        }
    }

    /// A key that could be read as another one, or that leaves its folder, is refused.
    static func check(_ key: String) throws(BackendFailure) {
        let refusal: String? =
            key.utf8.withContiguousStorageIfAvailable(keyProblem) ?? keyProblem(Array(key.utf8))
        if let refusal { throw BackendFailure(.invalidRequest, "storage key \(refusal)") }
    }

    private static func keyProblem(_ key: some Collection<UInt8>) -> String? {
        if key.isEmpty { return "is empty" }
        if key.count > KernelLimits.storageKeyBytes { return "is too long" }
        var segmentLength = 0
        var onlyDots = true
        for byte in key {
            switch byte {
            case 0: return "contains NUL"
            case UInt8(ascii: "/"):
                if segmentLength == 0 { return "has an empty segment" }
                if onlyDots && segmentLength <= 2 { return "has a \".\" or \"..\" segment" }
                segmentLength = 0
                onlyDots = true
            default:
                segmentLength += 1
                if byte != UInt8(ascii: ".") { onlyDots = false }
            }
        }
        if segmentLength == 0 { return "ends in a slash" }
        if onlyDots && segmentLength <= 2 { return "has a \".\" or \"..\" segment" }
        return nil
    }
}

/// How a commit ended.
public enum MountCommit: Sendable {
    case committed(UInt64)
    /// This key has changed since it was read; nothing was written.
    case conflict(String)
    case failed(BackendFailure)
}
