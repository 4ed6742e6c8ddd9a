// A connection string for MySQL and MariaDB, as Go's driver has it and so everybody who comes from
// Vault: `user:password@tcp(host:port)/database?tls=true`.

import PluginSDK

struct MySQLAddress: Sendable {
    enum Encryption: Sendable, Equatable {
        case none
        /// If the server offers it; nobody looks whose certificate it is.
        case preferred
        /// Whatever the certificate.
        case unverified
        case verified
    }

    /// May have placeholders in them.
    var username: String
    var password: String
    var host = "127.0.0.1"
    var port: UInt32 = 3306
    /// Instead of host and port.
    var socket: String?
    var database = ""
    var encryption = Encryption.none

    /// Throws a text that quotes nothing: the string may hold a password.
    init(_ text: String) throws(PluginError) {
        func refuse(_ what: String) -> PluginError {
            PluginError(
                .invalidRequest,
                "connection_url \(what): it must be as in "
                    + "{{username}}:{{password}}@tcp(host:3306)/database")
        }
        let bytes = Array(text.utf8)
        // A password may have any of these signs in it: the last `/` and the last `@` count.
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else {
            throw refuse("has no / before the database")
        }
        var user = bytes[..<slash]
        var address: ArraySlice<UInt8> = []
        if let at = user.lastIndex(of: UInt8(ascii: "@")) {
            address = user[(at + 1)...]
            user = user[..<at]
        } else {
            address = user
            user = []
        }
        let parts = user.split(
            separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        username = parts.first.map { String(decoding: $0, as: UTF8.self) } ?? ""
        password = parts.count > 1 ? String(decoding: parts[1], as: UTF8.self) : ""
        guard read(address) else { throw refuse("has an address that is none") }
        let rest = bytes[(slash + 1)...].split(
            separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        database = rest.first.map { String(decoding: $0, as: UTF8.self) } ?? ""
        guard rest.count < 2 || read(parameters: rest[1]) else {
            throw refuse("has a parameter that is not known here")
        }
        guard !text.utf8.contains(0) else { throw refuse("contains a NUL") }
    }

    /// `tcp(host:port)`, `tcp(host)`, `unix(/path)`, or nothing.
    private mutating func read(_ bytes: ArraySlice<UInt8>) -> Bool {
        if bytes.isEmpty { return true }
        let text = String(decoding: bytes, as: UTF8.self)
        if text == "tcp" { return true }
        guard text.hasSuffix(")"), let open = text.firstIndex(of: "(") else { return false }
        let inner = String(text[text.index(after: open)...].dropLast())
        switch text[..<open] {
        case "unix":
            socket = inner
            return inner.hasPrefix("/")
        case "tcp", "tcp4", "tcp6": return read(hostAndPort: inner)
        default: return false
        }
    }

    private mutating func read(hostAndPort text: String) -> Bool {
        var host = text[...]
        if let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") {
            guard let port = UInt32(text[text.index(after: colon)...]), (1...65_535).contains(port)
            else { return false }
            self.port = port
            host = text[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        self.host = String(host)
        return !host.isEmpty && !host.contains("[") && !host.contains("]")
    }

    /// What is about the driver's own ways is passed over; what would change what is safe is not.
    private mutating func read(parameters bytes: ArraySlice<UInt8>) -> Bool {
        let passedOver: Set<String> = [
            "parseTime", "loc", "charset", "collation", "timeout", "readTimeout", "writeTimeout",
            "multiStatements", "interpolateParams", "maxAllowedPacket", "checkConnLiveness",
            "rejectReadOnly", "allowNativePasswords", "columnsWithAlias", "clientFoundRows",
        ]
        for part in String(decoding: bytes, as: UTF8.self).split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
            guard pair.count == 2 else { return false }
            if pair[0] != "tls" {
                guard passedOver.contains(pair[0]) else { return false }
                continue
            }
            switch pair[1] {
            case "false": encryption = .none
            case "preferred": encryption = .preferred
            case "skip-verify": encryption = .unverified
            case "true": encryption = .verified
            default: return false
            }
        }
        return true
    }
}
