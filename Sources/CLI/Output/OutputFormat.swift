// The forms in which an answer can be printed.

enum OutputFormat: Sendable, Equatable {
    case table, json, yaml, raw

    /// The flag's choices were checked when it was parsed.
    init(_ name: String?) {
        switch name {
        case "json": self = .json
        case "yaml", "yml": self = .yaml
        case "raw": self = .raw
        default: self = .table
        }
    }
}
