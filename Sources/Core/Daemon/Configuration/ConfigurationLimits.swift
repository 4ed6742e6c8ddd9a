// Bounds and defaults of the server's configuration.

enum ConfigurationLimits {
    static let maxFileBytes = 1 << 20
    static let maxFiles = 1_000

    /// Frames to the engines are sized for this much, so a listener cannot allow more.
    static let maxRequestBytes = 32 << 20
    static let minMapBytes = 1 << 20
    static let maxMapBytes = 1 << 46
    /// `sun_path` is 108 bytes with its NUL.
    static let maxSocketPathBytes = 107

    /// Below this a server would do little else than ask for certificates.
    static let minCertificateSeconds: Int64 = 5
    static let maxHostNameBytes = 253

    static let defaultLeaseTTLSeconds: UInt64 = 768 * 3600
    static let defaultRequestDuration = Duration.seconds(90)
}
