// Ways to log in: what each takes from the arguments of `coffer login`, and what it sends. A method
// that is not known here is sent the arguments as they are.

import JSON

struct LoginMethod: Sendable {
    /// What the server calls auth methods of this kind.
    let name: String
    /// How it is used, for `coffer auth help`.
    let help: String
    /// What follows `login` in the path, and the body. It asks for what is missing.
    fileprivate let prepare: @Sendable (JSONObject, Invocation) throws -> Attempt

    struct Attempt: Sendable {
        var user: String?
        var body: JSONObject
    }

    static let all: [LoginMethod] = [.appRole, .kubernetes, .token, .userpass]

    static func named(_ name: String) -> LoginMethod? {
        all.first { $0.name.utf8.elementsEqual(name.utf8) }
    }

    /// The request of a login with a method of that name at `mount`.
    static func request(
        _ name: String, mount: String, _ arguments: JSONObject, _ call: Invocation
    ) throws -> APIRequest {
        // A method that nothing is known of takes a name in its path if there is one.
        let unknown: LoginMethod? = arguments["username"] == nil ? nil : .userpass
        let method = named(name) ?? unknown
        let attempt = try method?.prepare(arguments, call) ?? Attempt(body: arguments)
        let path = "auth/\(mount)/login" + (attempt.user.map { "/" + $0 } ?? "")
        return APIRequest.put(path, .object(attempt.body))
    }
}

extension LoginMethod {
    static let token = LoginMethod(
        name: "token",
        help: """
            Usage: coffer login [TOKEN]

              Logs in with a token that exists already. Without one it is asked for; "-" reads it \
            from standard input.

            """
    ) { body, _ in Attempt(body: body) }

    static let userpass = LoginMethod(
        name: "userpass",
        help: """
            Usage: coffer login -method=userpass [CONFIG K=V...]

              Logs in with a user's name and password.

                  $ coffer login -method=userpass username=alice
                  Password (will be hidden):

            Configuration:

              username=<string>
                  The user's name; by default that of the user who runs the command.

              password=<string>
                  The password. Without it, it is asked for; "-" reads it from standard input.

            """
    ) { body, call in
        var body = body
        let environment = call.world.environment
        let given = body["username"]?.stringValue ?? environment["LOGNAME"] ?? environment["USER"]
        guard let user = given, !user.isEmpty else {
            throw UsageError(
                "'username' not supplied and neither 'LOGNAME' nor 'USER' env vars set")
        }
        body["username"] = nil
        if body["password"] == nil {
            body["password"] = .string(
                try call.ask(
                    "Password (will be hidden): ",
                    insteadOf: "pass password=- to read the password from standard input."))
        } else if let password = body["password"]?.stringValue {
            // What comes from a pipe or a file mostly ends with a line's end.
            body["password"] = .string(password.withoutLineEnd)
        }
        return Attempt(user: user, body: body)
    }

    static let appRole = LoginMethod(
        name: "approle",
        help: """
            Usage: coffer login -method=approle role_id=<string> [CONFIG K=V...]

              Logs in with the id of a role and a secret id of it.

                  $ coffer login -method=approle role_id=... secret_id=@secret-id

            Configuration:

              role_id=<string>
                  The role's id.

              secret_id=<string>
                  The secret id. Without it, it is asked for; "-" reads it from standard input, \
            and "@file" from a file. Nothing is sent for an empty one, which is right for roles \
            that bind none.

            """
    ) { body, call in
        var body = body
        guard body["role_id"] != nil else { throw UsageError("'role_id' must be specified") }
        if body["secret_id"] == nil {
            body["secret_id"] = .string(
                try call.ask(
                    "Secret ID (will be hidden): ",
                    insteadOf: "pass secret_id=- to read the secret id from standard input."))
        }
        if let secret = body["secret_id"]?.stringValue {
            // A file mostly ends with a line's end.
            body["secret_id"] = secret.trimmed.isEmpty ? nil : .string(secret.trimmed)
        }
        return Attempt(body: body)
    }

    /// Where a pod finds its own token.
    static let podTokenFile = "/var/run/secrets/kubernetes.io/serviceaccount/token"

    static let kubernetes = LoginMethod(
        name: "kubernetes",
        help: """
            Usage: coffer login -method=kubernetes role=<string> [CONFIG K=V...]

              Logs in with the token of a Kubernetes service account.

                  $ coffer login -method=kubernetes role=demo-app

            Configuration:

              role=<string>
                  The role to log in with.

              jwt=<string>
                  The service account's token, "@file" for a file with it; by default that of the \
            pod in which the command runs, from
                  \(podTokenFile).

            """
    ) { body, _ in
        var body = body
        guard body["role"] != nil else { throw UsageError("'role' must be specified") }
        let jwt: String
        if let given = body["jwt"]?.stringValue {
            jwt = given
        } else {
            do throws(FileError) {
                jwt = String(decoding: try LocalFile.read(podTokenFile), as: UTF8.self)
            } catch {
                throw UsageError(
                    "'jwt' was not given, and there is no token of a pod: \(error.message)")
            }
        }
        body["jwt"] = .string(jwt.trimmed)
        return Attempt(body: body)
    }
}
