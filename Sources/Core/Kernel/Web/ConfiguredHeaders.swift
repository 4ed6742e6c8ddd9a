// Headers of answers that the server's configuration sets, as the core may ask about them.

/// Whoever makes the answers.
public protocol ConfiguredHeaders: Sendable {
    /// Whether the configuration sets a header of this name, in whatever case.
    func isConfigured(_ name: String) -> Bool
}
