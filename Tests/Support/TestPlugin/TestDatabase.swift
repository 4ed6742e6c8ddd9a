// A database plugin whose users are files of a folder, so that tests see them, and that misbehaves
// as a connection's configuration says.

import Glibc
import JSON
import PluginSDK

struct TestDatabasePlugin: DatabasePlugin {
    static let name = "test-database"
    static var version: String { getenv("PLUGIN_VERSION").map { String(cString: $0) } ?? "1.0.0" }

    func database(_ config: JSONObject) throws -> any UserDatabase {
        guard let folder = config["folder"]?.stringValue else {
            throw PluginError(.invalidRequest, "folder is missing")
        }
        return TestDatabase(
            folder: folder, password: config["password"]?.stringValue ?? "",
            misbehaviour: config["misbehave"]?.stringValue ?? "")
    }
}

struct TestDatabase: UserDatabase {
    let folder: String
    let password: String
    let misbehaviour: String

    func configuration(_ config: JSONObject) -> JSONObject {
        var config = config
        config["completed"] = .string(TestDatabasePlugin.version)
        return config
    }

    func verify() throws {
        guard read("root") == password else {
            throw PluginError(.permissionDenied, "the password \"\(password)\" is wrong")
        }
    }

    func newUser(_ user: NewUser) throws {
        guard case .password(let password) = user.credential else {
            throw PluginError(.invalidRequest, "passwords only")
        }
        guard !user.statements.isEmpty else {
            throw PluginError(.invalidRequest, "empty creation statements")
        }
        switch misbehaviour {
        case "throws": throw PluginError(.upstreamFailed, "no room for \(password)")
        case "hangs": while true { pause() }
        default: break
        }
        try write(user.username, password)
        try write(
            user.username + ".made", "\(user.roleName) \(user.displayName) \(user.statements[0])")
        switch misbehaviour {
        // The user is there, and nobody hears of it.
        case "dies": _exit(9)
        case "babbles":
            // Not a frame: the length alone is over every limit. Whichever lane it was, is over.
            let noise = [UInt8](repeating: 0xFF, count: 64)
            for lane in Int32(3)..<11 { _ = Glibc.write(lane, noise, noise.count) }
            while true { pause() }
        default: break
        }
    }

    func updateUser(_ update: UserUpdate) throws {
        guard access(path(update.username), F_OK) == 0 else {
            throw PluginError(.upstreamFailed, "no such user")
        }
        if case .password(let password)? = update.credential?.new {
            try write(update.username, password)
        }
        if let expiration = update.expiration {
            try write(update.username + ".until", expiration.new.rfc3339Seconds)
        }
    }

    func deleteUser(_ user: UserDeletion) throws {
        if misbehaviour == "keeps" { throw PluginError(.upstreamFailed, "not today") }
        for end in ["", ".made", ".until"] { unlink(path(user.username + end)) }
    }

    private func path(_ name: String) -> String {
        folder + "/" + name.split(separator: "/").joined(separator: "_")
    }

    private func read(_ name: String) -> String {
        let file = open(path(name), O_RDONLY)
        guard file >= 0 else { return "" }
        defer { Glibc.close(file) }
        var bytes = [UInt8](repeating: 0, count: 1_024)
        let count = Glibc.read(file, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    private func write(_ name: String, _ text: String) throws {
        let file = open(path(name), O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        let bytes = Array(text.utf8)
        guard file >= 0, Glibc.write(file, bytes, bytes.count) == bytes.count else {
            throw PluginError(.upstreamFailed, "\(name) cannot be written")
        }
        Glibc.close(file)
    }
}
