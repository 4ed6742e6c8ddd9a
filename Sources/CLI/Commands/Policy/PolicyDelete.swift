// `coffer policy delete`.

extension Command {
    static let policyDelete = Command(
        "policy delete", "Deletes a policy by name", usage: "[options] NAME",
        about: """
            Deletes the policy with the given name. Tokens that carry it lose at once what it \
            allowed. The built-in policies "root" and "default" cannot be deleted.
            """,
        examples: [Example("Delete the policy \"my-app\":", "coffer policy delete my-app")],
        families: [.http], takes: .exactly(1)
    ) { call in
        let name = PolicyName.normalized(call.arguments[0])
        let client = try call.client()
        _ = try await call.during("Error deleting \(name)") {
            try await client.send(.delete("sys/policies/acl/\(name)"))
        }
        call.console.printLine("Success! Deleted policy: \(name)")
        return .success
    }
}
