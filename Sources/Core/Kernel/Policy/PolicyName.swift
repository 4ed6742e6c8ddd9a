// A policy's name, normalised once. Everything that looks a policy up takes this type, so that
// "Root ", " root" and "ＲＯＯＴ" can never be mistaken for root.

public struct PolicyName: Sendable, Hashable {
    public let text: String

    /// Lower-cases the name as Vault does, then refuses it unless it is what it looks like: no
    /// white space but plain spaces inside, no control or invisible characters, no combining marks
    /// (which is how two different names come to look the same, and rules out every text that is
    /// not in Unicode's normal form C), no empty, "." or ".." part between slashes.
    public init(_ name: String) throws(PolicyError) {
        let lowered = name.lowercased()
        guard !lowered.isEmpty else {
            throw PolicyError(.invalidName, "policy name is missing")
        }
        guard lowered.utf8.count <= PolicyLimits.maxNameBytes else {
            throw PolicyError(
                .invalidName, "policy name is longer than \(PolicyLimits.maxNameBytes) bytes")
        }
        guard lowered.utf8.first != 0x20, lowered.utf8.last != 0x20 else {
            throw PolicyError(.invalidName, "policy name begins or ends with white space")
        }
        guard name.unicodeScalars.allSatisfy(Self.isAllowed),
            lowered.unicodeScalars.allSatisfy(Self.isAllowed)
        else {
            throw PolicyError(.invalidName, "policy name contains a character that is not allowed")
        }
        let parts = lowered.utf8.split(separator: 0x2F, omittingEmptySubsequences: false)
        guard
            parts.allSatisfy({
                !$0.isEmpty && !$0.elementsEqual([0x2E]) && !$0.elementsEqual([0x2E, 0x2E])
            })
        else {
            throw PolicyError(
                .invalidName, "policy name contains an empty, \".\" or \"..\" part")
        }
        text = lowered
    }

    private init(known text: String) { self.text = text }

    public static let root = PolicyName(known: "root")
    public static let `default` = PolicyName(known: "default")
    /// What a wrapping token holds; it cannot be given to any other token.
    public static let responseWrapping = PolicyName(known: "response-wrapping")

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value >= 0x20 && scalar.value != 0x7F }
        let properties = scalar.properties
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned: return false
        case .lineSeparator, .paragraphSeparator, .spaceSeparator: return false
        case .nonspacingMark, .spacingMark, .enclosingMark: return false
        default: break
        }
        // Scalars that normal form C replaces, and jamo that it puts together.
        let isJamo = (0x1100...0x11FF).contains(scalar.value)
        return !properties.isFullCompositionExclusion && !isJamo
    }
}

extension PolicyName {
    /// `root` and `response-wrapping` are what they are.
    public var isWritable: Bool { self != .root && self != .responseWrapping }

    /// `default` can be rewritten, but every token relies on there being one.
    public var isDeletable: Bool { isWritable && self != .default }

    /// Whether a token may be created with it.
    public var isAssignable: Bool { self != .responseWrapping }
}

extension PolicyName: CustomStringConvertible {
    public var description: String { text }
}
