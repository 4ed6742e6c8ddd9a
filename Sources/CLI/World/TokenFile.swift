// `~/.vault-token`, where `login` leaves the token. It is the file that the `vault` command uses,
// so a login with one tool serves both.

struct TokenFile: Sendable {
    let path: String

    init?(environment: Environment) {
        guard let home = environment.homeDirectory else { return nil }
        path = home + "/.vault-token"
    }

    func read() throws(FileError) -> String? {
        guard LocalFile.mode(of: path) != nil else { return nil }
        let text = String(decoding: try LocalFile.read(path), as: UTF8.self)
        let token = text.trimmed
        return token.isEmpty ? nil : token
    }

    /// Stores the token, readable by its owner only; says why it could not.
    func store(_ token: String) throws {
        try LocalFile.replace(path, with: Array(token.utf8))
    }
}
