// What all connections of a listener share.

internal import Kernel

struct ConnectionSettings: Sendable {
    let handler: any RequestHandler
    let limits: HTTPLimits
    let requiresRequestHeader: Bool
    let isTLS: Bool
    /// How long an engine may take for a request of this listener; `nil` leaves it to the core.
    let maxRequestSeconds: UInt64?
    var permissions: ListenerPermissions = []
    /// `nil` where there are none: an answer then pays for one comparison.
    var customHeaders: CustomHeaders?
}
