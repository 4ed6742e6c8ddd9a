// `coffer audit disable`.

extension Command {
    static let auditDisable = Command(
        "audit disable", "Disables an audit device", usage: "[options] PATH",
        about: """
            Disables the audit device at the given path. What it wrote stays; if it is enabled \
            again, it hashes with a new key, and old and new lines cannot be compared.
            """,
        examples: [Example("Disable the device at \"file/\":", "coffer audit disable file/")],
        families: [.http], takes: .exactly(1)
    ) { call in
        let path = APIPath.sanitized(call.arguments[0])
        let client = try call.client()
        _ = try await call.during("Error disabling audit device") {
            try await client.send(.delete("sys/audit/\(path)"))
        }
        call.console.printLine(
            "Success! Disabled audit device (if it was enabled) at: \(path)/")
        return .success
    }
}
