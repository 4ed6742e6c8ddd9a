// Limits of the engine, with units in the names.

enum Limits {
    /// Of a token that somebody logs in with. The cluster's are around 1 KiB.
    static let tokenBytes = 32 * 1024
    /// Clocks differ: a token is taken for expired when it has been for this long.
    static let clockSkewSeconds: Int64 = 60

    static let connectMilliseconds = 5_000
    static let requestMilliseconds = 15_000
    /// Of what the API server answers.
    static let answerBytes = 1024 * 1024
    /// As many as there are threads to wait on: where many log in at once, none has to begin anew.
    static let idleConnections = 32

    static let hostBytes = 1_024
    static let certificateBytes = 1024 * 1024
    static let publicKeys = 64
    static let roleNameBytes = 512
    static let boundNames = 1_000
    static let boundNameBytes = 512
    static let selectorBytes = 16 * 1024
    static let selectorDepth = 8
    static let audienceBytes = 1_024
    /// Annotations that become metadata of an alias.
    static let annotations = 32
    static let annotationBytes = 1_024

    /// Of the pod's own files.
    static let podFileBytes = 1024 * 1024
}
