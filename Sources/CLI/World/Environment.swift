// The process's environment. `COFFER_X` is asked first, then `VAULT_X`, so that both tools work
// side by side; an empty variable counts as unset.

// The C library declares `environ` as a plain variable; it is read once, at the start.
@preconcurrency import Glibc

public struct Environment: Sendable {
    public let variables: [String: String]

    public init(_ variables: [String: String]) { self.variables = variables }

    public static let process: Environment = {
        var variables: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            next += 1
        }
        return Environment(variables)
    }()

    subscript(_ name: String) -> String? {
        guard let value = variables[name], !value.isEmpty else { return nil }
        return value
    }

    /// The variable that is set and its value, for a tail such as `ADDR`.
    func setting(_ tail: String) -> (variable: String, value: String)? {
        for variable in ["COFFER_" + tail, "VAULT_" + tail] {
            if let value = self[variable] { return (variable, value) }
        }
        return nil
    }

    var homeDirectory: String? {
        if let home = self["HOME"] { return home }
        guard let entry = getpwuid(getuid()), let directory = entry.pointee.pw_dir else {
            return nil
        }
        return String(cString: directory)
    }

    /// `~/x` as the shell would have written it.
    func expandingTilde(_ path: String) -> String {
        guard path == "~" || path.hasPrefix("~/"), let home = homeDirectory else { return path }
        return home + path.dropFirst()
    }
}
