// `coffer policy read`.

import JSON

extension Command {
    static let policyRead = Command(
        "policy read", "Print the contents of a policy", usage: "[options] NAME",
        about: "Prints the text of the policy with the given name, as it was uploaded.",
        examples: [Example("Print the policy \"my-app\":", "coffer policy read my-app")],
        takes: .exactly(1)
    ) { call in
        let name = PolicyName.normalized(call.arguments[0])
        let client = try call.client()
        let secret = try await call.during("Error reading policy named \(name)") {
            try await client.read("sys/policies/acl/\(name)")
        }
        guard let text = secret?.data?["policy"]?.stringValue, !text.isEmpty else {
            throw CommandError.server("No policy named: \(name)")
        }
        if call.output.isTable {
            call.console.printLine(text.trimmed)
        } else {
            try call.output.value(["policy": .string(text)])
        }
        return .success
    }
}
