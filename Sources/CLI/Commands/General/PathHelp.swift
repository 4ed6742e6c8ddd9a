// `coffer path-help PATH`: what a path of the API is for, as the server says it.

import JSON

extension Command {
    static let pathHelp = Command(
        "path-help", "Retrieve API help for paths", usage: "[options] PATH",
        about: """
            Prints what the server says about a path: what it is for and which parameters it \
            takes. The path of a mount lists all its paths.
            """,
        examples: [
            Example("All paths of the engine at \"secret/\":", "coffer path-help secret/"),
            Example("One of them:", "coffer path-help secret/data/my-app"),
        ],
        takes: .exactly(1)
    ) { call in
        let path = APIPath.sanitized(call.arguments[0])
        let client = try call.client()
        let answer = try await call.during("Error retrieving help") {
            try await client.object(.get(path, query: [("help", "1")]))
        }
        guard let help = answer["help"]?.stringValue else {
            throw CommandError.server("Error retrieving help: the server's answer has none")
        }
        if call.output.isTable {
            let lines = help.trimmed.split(separator: "\n", omittingEmptySubsequences: false)
            for line in lines { call.console.printLine(Printable.text(String(line))) }
        } else {
            try call.output.value(.object(answer))
        }
        return .success
    }
}
