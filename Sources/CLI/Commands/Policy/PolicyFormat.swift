// `coffer policy fmt`: puts a policy file into its usual layout.

import HCL
import JSON

extension Command {
    static let policyFormat = Command(
        "policy fmt", "Formats a policy on disk", usage: "[options] PATH",
        about: """
            Rewrites a policy file on this machine in the usual layout. Comments stay. The file is \
            replaced only if it can be read as a policy file; what its rules mean is checked when \
            it is uploaded.
            """,
        examples: [Example("Format a file:", "coffer policy fmt my-app.hcl")],
        families: [], takes: .exactly(1)
    ) { call in
        let path = call.world.environment.expandingTilde(call.arguments[0].trimmed)
        do {
            let bytes = try LocalFile.read(path)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw CommandError.client("Error reading source file: it is not UTF-8 text")
            }
            // A text that cannot be read is left alone.
            _ = try HCLFile.parse(text, name: path)
            let formatted = try layout(text)
            let mode = LocalFile.mode(of: path) ?? 0o644
            try LocalFile.replace(path, with: Array(formatted.utf8), mode: mode)
        } catch let error as FileError {
            throw CommandError.client("Error formatting policy: \(error.message)")
        } catch let error as HCLError {
            throw CommandError.client("Error formatting policy: \(path): \(error.description)")
        }
        call.console.printLine("Success! Formatted policy: \(path)")
        return .success
    }
}

/// Policies may be JSON, too.
private func layout(_ text: String) throws -> String {
    guard text.trimmed.first == "{" else { return HCLLayout.formatted(text) }
    let value = try JSONValue(parsing: Array(text.utf8))
    return value.encodedString(pretty: true) + "\n"
}
