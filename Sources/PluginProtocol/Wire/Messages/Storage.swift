// A plugin's calls into its mounts' storage, and the answers.

/// An entry as it was read. No value means that there is none, and then the revision is 0.
public struct StorageEntry: Sendable, Equatable {
    public var key: [UInt8]
    public var value: [UInt8]?
    public var revision: UInt64

    public init(key: [UInt8], value: [UInt8]?, revision: UInt64) {
        self.key = key
        self.value = value
        self.revision = revision
    }
}

public struct StorageRequest: Sendable, Equatable {
    public var mount: MountID
    /// The request that this is done for; the host refuses a call whose request has ended.
    public var parentCall: UInt64
    public var action: StorageAction

    public init(mount: MountID, parentCall: UInt64, action: StorageAction) {
        self.mount = mount
        self.parentCall = parentCall
        self.action = action
    }
}

public enum StorageAction: Sendable, Equatable {
    case get([[UInt8]])
    /// Direct children of `prefix`, folders with a trailing slash, in byte order, after `after`.
    case list(prefix: [UInt8], after: [UInt8], limit: UInt32)
    case commit(StorageCommit)
    /// A password by this policy of the mount's namespace.
    case password(policy: String)
    /// These templates, filled in for the caller of the parent request.
    case fill([String])
    /// One operation of a database plugin.
    case database(DatabaseCall)
}

/// Applied whole or not at all.
public struct StorageCommit: Sendable, Equatable {
    public var preconditions: [StoragePrecondition]
    public var puts: [StoragePut]
    public var deletes: [[UInt8]]
    /// What undoes what the engine does next for this request; empty for none.
    public var intent: [UInt8]

    public init(
        preconditions: [StoragePrecondition] = [], puts: [StoragePut] = [],
        deletes: [[UInt8]] = [], intent: [UInt8] = []
    ) {
        self.preconditions = preconditions
        self.puts = puts
        self.deletes = deletes
        self.intent = intent
    }
}

/// The entry has this revision still; 0 = it is not there.
public struct StoragePrecondition: Sendable, Equatable {
    public var key: [UInt8]
    public var revision: UInt64

    public init(key: [UInt8], revision: UInt64) {
        self.key = key
        self.revision = revision
    }
}

public struct StoragePut: Sendable, Equatable {
    public var key: [UInt8]
    public var value: [UInt8]

    public init(key: [UInt8], value: [UInt8]) {
        self.key = key
        self.value = value
    }
}

public enum StorageReply: Sendable, Equatable {
    /// In the order of the keys that were asked for.
    case entries([StorageEntry])
    case names([[UInt8]], more: Bool)
    /// The revision of everything that was put.
    case committed(revision: UInt64)
    /// The first entry that was not as the preconditions say; nothing was written.
    case conflict(key: [UInt8])
    case password(String)
    /// In the order of the templates; nil where the caller has no value for one.
    case filled([String?])
    case database(DatabaseAnswer)
    case failure(PluginFailure)
}
