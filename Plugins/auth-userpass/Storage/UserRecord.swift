// A user's entry: `user/<name>`, the name in lower case.
//
//   layout 1 · password hash · token parameters

import PluginSDK

enum StorageKey {
    static let userPrefix = "user/"
    static func user(_ name: String) -> String { userPrefix + name }
    /// The user that a path names, for a path's `reads`.
    static let namedUser = user("{username:lower}")
}

extension User {
    init(record: [UInt8]) throws(PluginError) {
        do throws(RecordError) {
            var reader = try RecordReader(record, layout: 1)
            password = try PasswordHash(stored: try reader.text())
            token = try TokenParameters(from: &reader)
            try reader.end()
        } catch { throw error.failure(of: "user") }
    }

    var record: [UInt8] {
        var writer = RecordWriter(layout: 1, capacity: 192)
        writer.text(password.text)
        token.write(to: &writer)
        return writer.bytes
    }
}

extension Entries {
    func user(_ name: String) throws(PluginError) -> User? {
        guard let record = self[StorageKey.user(name)] else { return nil }
        return try User(record: record)
    }
}

extension WriteBatch {
    init(_ user: User, _ name: String) {
        self.init()
        put(StorageKey.user(name), user.record)
    }
}
