// `coffer namespace delete`.

extension Command {
    static let namespaceDelete = Command(
        "namespace delete", "Delete an existing namespace", usage: "[options] PATH",
        about: """
            Removes a namespace with everything in it: leases are revoked, the key that its data \
            are encrypted with is destroyed, and the data are removed. This goes on in the \
            background and cannot be undone. A namespace with namespaces below it is not deleted.
            """,
        examples: [Example("Delete a namespace:", "coffer namespace delete team")],
        families: [.http], takes: .exactly(1)
    ) { call in
        let path = call.namespacePath
        let client = try call.client()
        let secret = try await call.during("Error deleting namespace") {
            try await client.send(.delete("sys/namespaces/\(path)"))
        }
        call.output.warn(secret?.warnings ?? [])
        call.console.printLine("Success! Namespace deleted at: \(path)/")
        return .success
    }
}
