// The small messages: the end of a mount, of a cached entry, of a connection; and events.

public struct Unmount: Sendable, Equatable {
    public var id: MountID

    public init(id: MountID) {
        self.id = id
    }
}

public struct UnmountReply: Sendable, Equatable {
    public var error: PluginFailure?

    public init(error: PluginFailure? = nil) {
        self.error = error
    }
}

/// An entry changed, and not by this plugin's own commit alone: what was cached of it is stale.
public struct Invalidate: Sendable, Equatable {
    public var mount: MountID
    public var key: [UInt8]

    public init(mount: MountID, key: [UInt8]) {
        self.mount = mount
        self.key = key
    }
}

public struct Close: Sendable, Equatable {
    public var reason: CloseReason
    public var message: String

    public init(reason: CloseReason, message: String) {
        self.reason = reason
        self.message = message
    }
}

/// Something that an engine wants to be known; a host may drop it.
public struct EngineEvent: Sendable, Equatable {
    public var mount: MountID
    public var name: String
    /// A JSON object, or empty.
    public var data: [UInt8]

    public init(mount: MountID, name: String, data: [UInt8] = []) {
        self.mount = mount
        self.name = name
        self.data = data
    }
}
