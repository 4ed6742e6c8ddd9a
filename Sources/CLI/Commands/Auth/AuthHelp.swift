// `coffer auth help METHOD`: how to log in with a method.

import JSON

extension Command {
    static let authHelp = Command(
        "auth help", "Prints usage for an auth method", usage: "[options] TYPE | PATH",
        about: """
            Prints how to log in with an auth method, named by its type or by the path at which \
            it is enabled. What a path of the method is for, "coffer path-help" says.
            """,
        examples: [
            Example("Of a type of method:", "coffer auth help userpass"),
            Example("Of the method at \"ci/\":", "coffer auth help ci/"),
        ],
        families: [.http], takes: .exactly(1)
    ) { call in
        let name = APIPath.sanitized(call.arguments[0])
        if let method = LoginMethod.named(name) {
            call.console.printLine(method.help.trimmed)
            return .success
        }
        let client = try call.client()
        let mounts = try await call.during("Error listing auth methods") {
            try await client.read("sys/auth")
        }
        guard let type = mounts?.data?["\(name)/"]?["type"]?.stringValue else {
            throw CommandError.client(
                "Unknown auth method: \(Printable.text(name)). Use \"coffer auth list\" to see "
                    + "the methods that are enabled.")
        }
        guard let method = LoginMethod.named(type) else {
            throw CommandError.client(
                "Auth method \(Printable.text(type)) has no help of its own: \"coffer login "
                    + "-method=\(Printable.text(type)) K=V...\" sends it what is given.")
        }
        call.console.printLine(method.help.trimmed)
        return .success
    }
}
