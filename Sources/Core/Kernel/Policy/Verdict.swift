// The answer of an ACL. Not a Bool, so that nobody can take "no rule" for "yes".

public enum Verdict: Sendable, Hashable {
    /// With `hasSudo` the paths that the server or an engine protects with sudo may be used too.
    case allowed(hasSudo: Bool)
    case denied(DenialReason)
}

/// For the audit log and for people who write policies; a client is told only that permission is
/// denied.
public enum DenialReason: Sendable, Hashable {
    /// No rule matches the path.
    case noRule
    /// The rule that counts says deny.
    case explicitDeny
    case missingCapability
    /// The rule sets bounds for response wrapping, and the request is outside them.
    case wrapping
    case requiredParameterMissing
    case parameterDenied
    case parameterNotAllowed
}
