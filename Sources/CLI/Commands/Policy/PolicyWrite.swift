// `coffer policy write`.

import JSON

extension Command {
    static let policyWrite = Command(
        "policy write", "Uploads a named policy from a file", usage: "[options] NAME PATH",
        about: """
            Uploads a policy with the given name from a file, or from standard input if PATH is \
            "-". An existing policy of that name is replaced, for all tokens that carry it.
            """,
        examples: [
            Example("Upload a policy from a file:", "coffer policy write my-app ./my-app.hcl"),
            Example(
                "Upload a policy from standard input:",
                #"echo 'path "secret/data/my-app" { capabilities = ["read"] }' \"#,
                "    | coffer policy write my-app -"
            ),
        ],
        families: [.http], takes: .exactly(2)
    ) { call in
        let name = PolicyName.normalized(call.arguments[0])
        let source = call.arguments[1].trimmed
        let client = try call.client()
        let bytes: [UInt8]
        do {
            bytes = source == "-" ? try call.readStandardInput() : try LocalFile.read(source)
        } catch let error as FileError {
            throw CommandError.server("Error opening policy file: \(error.message)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandError.server("Error reading policy: it is not UTF-8 text")
        }
        _ = try await call.during("Error uploading policy") {
            try await client.send(.put("sys/policies/acl/\(name)", ["policy": .string(text)]))
        }
        if name != call.arguments[0] {
            call.console.printError(
                "Policy name was converted from \"\(call.arguments[0])\" to \"\(name)\"")
        }
        call.console.printLine("Success! Uploaded policy: \(name)")
        return .success
    }
}
