// `coffer policy list`.

import JSON

extension Command {
    static let policyList = Command(
        "policy list", "Lists the installed policies", usage: "[options]",
        about: "Lists the names of all policies, those that are built in among them.",
        examples: [Example("All policies:", "coffer policy list")],
        takes: .none
    ) { call in
        let client = try call.client()
        let secret = try await call.during("Error listing policies") {
            try await client.list("sys/policies/acl")
        }
        let names = secret?.keys ?? []
        if call.output.isTable {
            for name in names.compactMap(\.stringValue) {
                call.console.printLine(Printable.text(name))
            }
        } else {
            try call.output.value(.array(names))
        }
        return .success
    }
}
