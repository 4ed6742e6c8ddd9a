// What a database plugin is asked to do to a user.

public import Clock
import JSON

/// How a user logs in.
public enum UserCredential: Sendable, Equatable {
    case password(String)
    /// An RSA key's public half, as PEM.
    case publicKey(String)
    /// The subject of client certificates.
    case certificateSubject(String)
}

public struct NewUser: Sendable {
    public var username: String
    public var credential: UserCredential
    /// Of whoever asks for the user, and of the role that it is made by.
    public var displayName: String
    public var roleName: String
    /// The role's creation statements, and those that undo them. The plugin fills in the
    /// `{{name}}`, `{{password}}` and `{{expiration}}` of them, quoted as its server needs it.
    public var statements: [String]
    public var rollbackStatements: [String]
    /// A little after its lease; the lease ends it, and not the other way.
    public var expiration: Timestamp

    public init(
        username: String, credential: UserCredential, displayName: String = "",
        roleName: String = "", statements: [String] = [], rollbackStatements: [String] = [],
        expiration: Timestamp
    ) {
        self.username = username
        self.credential = credential
        self.displayName = displayName
        self.roleName = roleName
        self.statements = statements
        self.rollbackStatements = rollbackStatements
        self.expiration = expiration
    }
}

/// Whatever is not `nil` is to change.
public struct UserUpdate: Sendable {
    public var username: String
    public var credential: (new: UserCredential, statements: [String])?
    public var expiration: (new: Timestamp, statements: [String])?

    public init(
        username: String, credential: (new: UserCredential, statements: [String])? = nil,
        expiration: (new: Timestamp, statements: [String])? = nil
    ) {
        self.username = username
        self.credential = credential
        self.expiration = expiration
    }
}

public struct UserDeletion: Sendable {
    public var username: String
    public var statements: [String]

    public init(username: String, statements: [String] = []) {
        self.username = username
        self.statements = statements
    }
}

// MARK: From the wire

extension NewUser {
    init(_ data: JSONValue) throws(PluginError) {
        username = try data.name()
        credential = try data.credential(
            password: data["password"], publicKey: data["public_key"], subject: data["subject"])
        let wish = data["username_config"]
        displayName = wish?["display_name"]?.stringValue ?? ""
        roleName = wish?["role_name"]?.stringValue ?? ""
        statements = try data["statements"].commands()
        rollbackStatements = try data["rollback_statements"].commands()
        guard let time = try data["expiration"].time() else {
            throw JSONValue.missing("expiration")
        }
        expiration = time
    }
}

extension UserUpdate {
    init(_ data: JSONValue) throws(PluginError) {
        username = try data.name()
        let parts = [data["password"], data["public_key"], data["subject"]]
        if let part = parts.compactMap({ $0?.objectValue == nil ? nil : $0 }).first {
            let new = try data.credential(
                password: part["new_password"], publicKey: part["new_public_key"],
                subject: part["new_subject"])
            credential = (new, try part["statements"].commands())
        }
        if let part = data["expiration"], part.objectValue != nil {
            guard let time = try part["new_expiration"].time() else {
                throw JSONValue.missing("new_expiration")
            }
            expiration = (time, try part["statements"].commands())
        }
        guard credential != nil || expiration != nil else {
            throw PluginError(.invalidRequest, "nothing of the user is to change")
        }
    }
}

extension UserDeletion {
    init(_ data: JSONValue) throws(PluginError) {
        username = try data.name()
        statements = try data["statements"].commands()
    }
}

extension JSONValue {
    fileprivate static func missing(_ name: String) -> PluginError {
        PluginError(.invalidRequest, "\(name) is missing")
    }

    fileprivate func name() throws(PluginError) -> String {
        guard let name = self["username"]?.stringValue, !name.isEmpty else {
            throw Self.missing("username")
        }
        return name
    }

    fileprivate func credential(
        password: JSONValue?, publicKey: JSONValue?, subject: JSONValue?
    ) throws(PluginError) -> UserCredential {
        switch self["credential_type"]?.stringValue ?? "password" {
        case "password":
            guard let text = password?.stringValue, !text.isEmpty else {
                throw Self.missing("password")
            }
            return .password(text)
        case "rsa_private_key":
            guard let text = publicKey?.stringValue, !text.isEmpty else {
                throw Self.missing("public_key")
            }
            return .publicKey(text)
        case "client_certificate":
            guard let text = subject?.stringValue, !text.isEmpty else {
                throw Self.missing("subject")
            }
            return .certificateSubject(text)
        default: throw PluginError(.invalidRequest, "unknown credential_type")
        }
    }
}

extension JSONValue? {
    /// `{"commands": […]}`; nothing is none.
    fileprivate func commands() throws(PluginError) -> [String] {
        guard let self, self != .null else { return [] }
        let list = self["commands"]?.arrayValue ?? []
        let texts = list.compactMap(\.stringValue)
        guard self.objectValue != nil, texts.count == list.count else {
            throw PluginError(.invalidRequest, "statements must be a list of texts")
        }
        return texts
    }

    fileprivate func time() throws(PluginError) -> Timestamp? {
        guard let text = self?.stringValue, !text.isEmpty else { return nil }
        guard let time = Timestamp(rfc3339: text) else {
            throw PluginError(.invalidRequest, "an expiration is not an RFC 3339 time")
        }
        return time
    }
}
