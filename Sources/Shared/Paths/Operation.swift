// What a request wants to do with a path. The numbers are part of the plugin protocol.

public enum Operation: UInt8, Sendable, Hashable, CaseIterable {
    case create = 1
    case read = 2
    case update = 3
    case patch = 4
    case delete = 5
    case list = 6
    case help = 7
    case initialize = 8
    case renew = 9
    case revoke = 10
    case rollback = 11
    case wake = 12

    /// The name as the audit log and policies' messages have it.
    public var name: String {
        switch self {
        case .create: "create"
        case .read: "read"
        case .update: "update"
        case .patch: "patch"
        case .delete: "delete"
        case .list: "list"
        case .help: "help"
        case .initialize: "initialize"
        case .renew: "renew"
        case .revoke: "revoke"
        case .rollback: "rollback"
        case .wake: "wake"
        }
    }
}

/// Operations as bits, `1 << Operation.rawValue`, as a route declares them on the wire.
public struct OperationSet: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public init(_ operations: some Sequence<Operation>) {
        self.init(rawValue: operations.reduce(0) { $0 | 1 << UInt32($1.rawValue) })
    }

    public func contains(_ operation: Operation) -> Bool {
        rawValue & 1 << UInt32(operation.rawValue) != 0
    }

    /// In the order of their numbers; bits that are no operation are left out.
    public var operations: [Operation] { Operation.allCases.filter { contains($0) } }
}
