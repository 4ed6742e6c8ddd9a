// What goes in and out of the barrier, in plain.

/// A decrypted entry and the revision of the commit that wrote it.
public struct BarrierEntry: Sendable {
    public let value: [UInt8]
    public let revision: UInt64
}

/// Changes that are made together or not at all, if every precondition holds.
public struct BarrierBatch: Sendable {
    /// Revision 0 stands for "absent".
    public var preconditions: [(key: String, revision: UInt64)]
    public var puts: [(key: String, value: [UInt8])]
    public var deletes: [String]
    public var growth: BarrierGrowth

    public init(
        preconditions: [(key: String, revision: UInt64)] = [],
        puts: [(key: String, value: [UInt8])] = [], deletes: [String] = [],
        growth: BarrierGrowth = .bounded
    ) {
        self.preconditions = preconditions
        self.puts = puts
        self.deletes = deletes
        self.growth = growth
    }
}

/// The active encryption key.
public struct KeyInfo: Sendable, Equatable {
    public let term: UInt32
    public let installedAtUnixSeconds: UInt64
    /// Never lower than what was really encrypted; after a restart up to
    /// `BarrierLimits.usageBlock` higher.
    public let encryptions: UInt64
    /// What was really encrypted, but for what a crash forgot.
    public let estimatedEncryptions: UInt64
    /// The count has passed the limit and a rotation is due or under way.
    public let needsRotation: Bool
}
