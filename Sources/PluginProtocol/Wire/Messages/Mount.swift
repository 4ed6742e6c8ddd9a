// A mount as its plugin sees it, and what the plugin's engine declares for it.

public struct MountSpec: Sendable, Equatable {
    public var id: MountID
    /// Rises with every change of options or TTLs.
    public var generation: UInt32
    public var options: [String: String]
    public var defaultLeaseTTLSeconds: UInt64
    public var maxLeaseTTLSeconds: UInt64
    public var grease: Grease

    public init(
        id: MountID, generation: UInt32, options: [String: String] = [:],
        defaultLeaseTTLSeconds: UInt64 = 0, maxLeaseTTLSeconds: UInt64 = 0,
        grease: Grease = .random()
    ) {
        self.id = id
        self.generation = generation
        self.options = options
        self.defaultLeaseTTLSeconds = defaultLeaseTTLSeconds
        self.maxLeaseTTLSeconds = maxLeaseTTLSeconds
        self.grease = grease
    }
}

public struct MountReply: Sendable, Equatable {
    public var error: PluginFailure?
    public var routes: [RouteDeclaration]
    /// Exact, or a prefix with a trailing `*`; `+` stands for one segment.
    public var unauthenticatedPaths: [String]
    public var sudoPaths: [String]
    /// The engine wants one `initialize` request before its first other one.
    public var initialises: Bool
    /// The engine keeps entries in memory and wants to be told of each that changes.
    public var wantsInvalidations: Bool

    public init(
        error: PluginFailure? = nil, routes: [RouteDeclaration] = [],
        unauthenticatedPaths: [String] = [], sudoPaths: [String] = [], initialises: Bool = false,
        wantsInvalidations: Bool = false
    ) {
        self.error = error
        self.routes = routes
        self.unauthenticatedPaths = unauthenticatedPaths
        self.sudoPaths = sudoPaths
        self.initialises = initialises
        self.wantsInvalidations = wantsInvalidations
    }
}

public struct RouteDeclaration: Sendable, Equatable {
    public var pattern: String
    public var operations: OperationBits
    public var fields: [FieldDeclaration]
    public var reads: [ReadDeclaration]
    /// Template of the key whose presence makes a write an update; empty for none.
    public var existence: String
    public var summary: String
    public var description: String
    /// On a login path: the capture or the field of the body that says who logs in; empty for
    /// others.
    public var loginName: String

    public init(
        pattern: String, operations: OperationBits, fields: [FieldDeclaration] = [],
        reads: [ReadDeclaration] = [], existence: String = "", summary: String = "",
        description: String = "", loginName: String = ""
    ) {
        self.pattern = pattern
        self.operations = operations
        self.fields = fields
        self.reads = reads
        self.existence = existence
        self.summary = summary
        self.description = description
        self.loginName = loginName
    }
}

/// Templates of the keys that these operations of a path will ask for.
public struct ReadDeclaration: Sendable, Equatable {
    public var operations: OperationBits
    public var keys: [String]

    public init(operations: OperationBits, keys: [String]) {
        self.operations = operations
        self.keys = keys
    }
}

public struct FieldDeclaration: Sendable, Equatable {
    public var name: String
    /// A number of `Paths.FieldKind`.
    public var kind: UInt8
    public var required: Bool
    public var help: String

    public init(name: String, kind: UInt8, required: Bool = false, help: String = "") {
        self.name = name
        self.kind = kind
        self.required = required
        self.help = help
    }
}

/// A set of operation numbers, bit `1 << number` for each.
public struct OperationBits: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    public init(operation: UInt8) {
        rawValue = operation < 32 ? 1 << UInt32(operation) : 0
    }
}
