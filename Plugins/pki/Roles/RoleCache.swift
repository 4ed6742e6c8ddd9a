// Roles in memory, each beside the bytes that it was read from: a role whose entry has other bytes
// is read anew, so nothing has to be told when one changes.

import JSON
import PluginSDK
import Synchronization

final class RoleCache: Sendable {
    private let roles = Mutex<[String: (record: [UInt8], role: Role)]>([:])

    func role(_ name: String, record: [UInt8]) throws(PluginError) -> Role {
        if let found = roles.withLock({ $0[name] }), found.record == record { return found.role }
        let role = try Self.read(record)
        roles.withLock { roles in
            if roles.count >= Limits.maxCachedRoles { roles = [:] }
            roles[name] = (record, role)
        }
        return role
    }

    static func read(_ record: [UInt8]) throws(PluginError) -> Role {
        guard record.first == 1, let value = try? JSONValue(parsing: Array(record.dropFirst())),
            let object = value.objectValue, let role = try? Role(object)
        else { throw RecordError.damaged.failure(of: "role") }
        return role
    }
}

extension Role {
    /// layout 1, then the values as JSON.
    var record: [UInt8] { [1] + JSONValue.object(values).encoded() }
}
