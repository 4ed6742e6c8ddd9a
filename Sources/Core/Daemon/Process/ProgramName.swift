// How this program is called from a shell.

internal import Glibc

enum ProgramName {
    /// `coffer` if that is what the search path finds, else the program's own path: a command that
    /// is shown to be tried should work as it stands.
    static func shown(searchPath: String) -> String {
        guard let own = ownPath() else { return "coffer" }
        for folder in searchPath.split(separator: ":") {
            guard let found = realpath("\(folder)/coffer", nil) else { continue }
            defer { free(found) }
            if String(cString: found) == own { return "coffer" }
        }
        return own
    }

    private static func ownPath() -> String? {
        guard let path = realpath("/proc/self/exe", nil) else { return nil }
        defer { free(path) }
        return String(cString: path)
    }
}
