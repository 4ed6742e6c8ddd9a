// What a rule can grant, and sets of it.

import Paths

public enum Capability: String, Sendable, Hashable, CaseIterable {
    case create, read, update, patch, delete, list, sudo, deny

    public var set: CapabilitySet {
        switch self {
        case .create: .create
        case .read: .read
        case .update: .update
        case .patch: .patch
        case .delete: .delete
        case .list: .list
        case .sudo: .sudo
        case .deny: .deny
        }
    }
}

public struct CapabilitySet: OptionSet, Sendable, Hashable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let create = CapabilitySet(rawValue: 1 << 0)
    public static let read = CapabilitySet(rawValue: 1 << 1)
    public static let update = CapabilitySet(rawValue: 1 << 2)
    public static let patch = CapabilitySet(rawValue: 1 << 3)
    public static let delete = CapabilitySet(rawValue: 1 << 4)
    public static let list = CapabilitySet(rawValue: 1 << 5)
    public static let sudo = CapabilitySet(rawValue: 1 << 6)
    public static let deny = CapabilitySet(rawValue: 1 << 7)

    static let everything: CapabilitySet = [.create, .read, .update, .patch, .delete, .list, .sudo]

    /// Whether anything at all may be done: not denied, not empty.
    public var grantsSomething: Bool { !contains(.deny) && !isEmpty }

    /// True when the caller has to know whether the entry exists before it can tell whether a write
    /// is allowed: exactly one of create and update is granted.
    public var dependsOnExistence: Bool { contains(.create) != contains(.update) }

    /// The union that merging policies makes: deny leaves nothing else.
    func merging(_ other: CapabilitySet) -> CapabilitySet {
        let union = self.union(other)
        return union.contains(.deny) ? .deny : union
    }

    /// The names as `sys/capabilities` shows them, sorted; "deny" alone when nothing is granted.
    public var names: [String] {
        guard grantsSomething else { return [Capability.deny.rawValue] }
        return Capability.allCases.filter { contains($0.set) }.map(\.rawValue).sorted()
    }
}

extension Operation {
    /// The capability that the operation takes; nil for help, which everybody may ask for.
    /// An operation that no client can ask for needs what no rule can grant.
    var neededCapability: CapabilitySet? {
        switch self {
        case .create: .create
        case .read: .read
        case .update, .renew, .revoke, .rollback: .update
        case .patch: .patch
        case .delete: .delete
        case .list: .list
        case .help: nil
        case .initialize, .wake: CapabilitySet(rawValue: 1 << 15)
        }
    }
}
