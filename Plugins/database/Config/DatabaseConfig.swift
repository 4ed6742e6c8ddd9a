// A connection as it is stored: which kind of server, who may use it, and how it is reached.

import JSON
import Paths
import PluginSDK

struct DatabaseConfig: Sendable {
    var pluginName = ""
    var pluginVersion = ""
    /// Globs; none allows no role.
    var allowedRoles: [String] = []
    var rotationStatements: [String] = []
    var passwordPolicy = ""
    var verifiesConnection = true
    /// The kind's own settings, as they were sent.
    var details = JSONObject()
    /// A password that a rotation is setting or has set; until that is known, either may be right.
    var pendingPassword: String?

    init() {}

    func settings(_ kind: any DatabaseServer.Type) throws(PluginError) -> FieldValues {
        do throws(FieldError) {
            return try FieldValues(
                fields: kind.fields, captures: .none, data: .object(details))
        } catch {
            throw PluginError(.invalidRequest, error.message)
        }
    }

    var password: String { details["password"]?.stringValue ?? "" }
    var usernameTemplate: String { details["username_template"]?.stringValue ?? "" }

    /// The ones that the server may take, the likelier one first.
    var passwords: [String] { [password] + (pendingPassword.map { [$0] } ?? []) }

    func allows(_ role: String) -> Bool {
        allowedRoles.contains { Glob.matches(role, pattern: $0) }
    }

    /// Whether sessions that were opened for one are good for the other.
    func opensLike(_ other: DatabaseConfig) -> Bool {
        pluginName.hasSameBytes(as: other.pluginName)
            && pluginVersion.hasSameBytes(as: other.pluginVersion) && details == other.details
            && pendingPassword == other.pendingPassword
    }

    static func isMissing(_ name: String) -> PluginError {
        PluginError(
            .invalidRequest, "failed to find entry for connection with name: \"\(name)\"")
    }

    // MARK: Storage

    init(decoding bytes: [UInt8]) throws(PluginError) {
        let damaged = PluginError(.internalError, "the stored connection is damaged")
        guard let json = try? JSONValue(parsing: bytes), let details = json["details"]?.objectValue
        else { throw damaged }
        pluginName = json["plugin_name"]?.stringValue ?? ""
        pluginVersion = json["plugin_version"]?.stringValue ?? ""
        allowedRoles = json["allowed_roles"].strings
        rotationStatements = json["rotation_statements"].strings
        passwordPolicy = json["password_policy"]?.stringValue ?? ""
        verifiesConnection = json["verify_connection"]?.boolValue ?? true
        self.details = details
        pendingPassword = json["pending_password"]?.stringValue
    }

    func encoded() -> [UInt8] {
        var object: JSONObject = [
            "plugin_name": .string(pluginName), "plugin_version": .string(pluginVersion),
            "allowed_roles": .strings(allowedRoles),
            "rotation_statements": .strings(rotationStatements),
            "password_policy": .string(passwordPolicy),
            "verify_connection": .bool(verifiesConnection), "details": .object(details),
        ]
        if let pendingPassword { object["pending_password"] = .string(pendingPassword) }
        return JSONValue.object(object).encoded()
    }
}

extension Entries {
    func config(_ name: String) throws(PluginError) -> DatabaseConfig {
        guard let bytes = self[StorageKey.config(name)] else {
            throw DatabaseConfig.isMissing(name)
        }
        return try DatabaseConfig(decoding: bytes)
    }
}

extension JSONValue? {
    /// The texts of a list; nothing for anything else.
    var strings: [String] { self?.arrayValue?.compactMap(\.stringValue) ?? [] }
}

/// `*` stands for anything; nothing else is special.
enum Glob {
    static func matches(_ text: String, pattern: String) -> Bool {
        let parts = pattern.utf8.split(
            separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
        guard parts.count > 1, let first = parts.first, let last = parts.last else {
            return pattern.hasSameBytes(as: text)
        }
        var rest = Array(text.utf8)[...]
        guard rest.count >= first.count + last.count, rest.starts(with: first),
            rest.suffix(last.count).elementsEqual(last)
        else { return false }
        rest = rest.dropFirst(first.count).dropLast(last.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard
                let start = rest.indices.first(where: { rest[$0...].starts(with: part) })
            else { return false }
            rest = rest[(start + part.count)...]
        }
        return true
    }
}
