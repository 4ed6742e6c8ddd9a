// What a listener may serve without a token, beyond what every listener does.

/// Set by a listener's configuration, never by a request.
public struct ListenerPermissions: OptionSet, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// `disable_unauthed_rekey_endpoints = false`.
    public static let rekey = ListenerPermissions(rawValue: 1)
    /// `disable_unauthed_generate_root_endpoints = false`.
    public static let rootGeneration = ListenerPermissions(rawValue: 2)
    /// `unauthenticated_metrics_access`.
    public static let metrics = ListenerPermissions(rawValue: 4)
    /// `unauthenticated_in_flight_request_access`.
    public static let inFlightRequests = ListenerPermissions(rawValue: 8)
}

/// Paths that need no token on listeners with a permission.
struct OpenedPaths: Sendable {
    let permission: ListenerPermissions
    let paths: [String]
}
