// The headers that a listener adds to answers, which a reload of the configuration may change.

internal import Synchronization

/// Asked once for each connection: one that is open keeps what it began with.
final class CustomHeaderStore: Sendable {
    private let headers: Mutex<CustomHeaders>

    init(_ headers: CustomHeaders) { self.headers = Mutex(headers) }

    /// `nil` for none.
    var current: CustomHeaders? { headers.withLock { $0.names.isEmpty ? nil : $0 } }

    func replace(_ new: CustomHeaders) { headers.withLock { $0 = new } }
}
