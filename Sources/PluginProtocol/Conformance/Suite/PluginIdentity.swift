// What a plugin says it is.

import Wire

public struct PluginIdentity: Sendable, Equatable {
    public let name: String
    public let version: String
    public let type: String

    /// Nil for a program that does not greet; the suite's first case says why.
    public init?(of subject: Subject) {
        guard let reply = try? Host(subject.inACase, lanes: 1).greet(Hello(lane: 0)) else {
            return nil
        }
        name = reply.name
        version = reply.version
        type = "\(reply.type)"
    }
}
