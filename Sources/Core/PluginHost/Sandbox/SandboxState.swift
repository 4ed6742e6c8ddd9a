// How much of a sandbox a process is in, for operators: what the kernel does not offer is said.

public enum SandboxState: Sendable, Hashable, CustomStringConvertible {
    case full
    /// In force but for these, each a sentence.
    case partial([String])
    /// Switched off by the server's configuration.
    case off

    public var name: String {
        switch self {
        case .full: "full"
        case .partial: "partial"
        case .off: "off"
        }
    }

    /// What is missing.
    public var gaps: [String] {
        if case .partial(let gaps) = self { gaps } else { [] }
    }

    public var description: String {
        gaps.isEmpty ? name : "\(name) (\(gaps.joined(separator: "; ")))"
    }
}
