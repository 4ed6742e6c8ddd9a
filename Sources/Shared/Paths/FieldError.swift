// Why a request's parameters were refused. The message names the field and never repeats its value,
// which may be a secret.

public struct FieldError: Error, Sendable, Equatable {
    public enum Code: Sendable, Equatable {
        case notAnObject
        case missing
        case unconvertible
    }

    public let code: Code
    /// Empty if no single field is to blame.
    public let field: String
    public let message: String

    static let notAnObject = FieldError(
        code: .notAnObject, field: "", message: "the request's data is not a JSON object")

    static func missing(_ field: String) -> FieldError {
        FieldError(code: .missing, field: field, message: "missing required field \"\(field)\"")
    }

    static func unconvertible(_ field: String, _ problem: FieldProblem) -> FieldError {
        FieldError(
            code: .unconvertible, field: field,
            message: "error converting input for field \"\(field)\": \(problem.rawValue)")
    }
}

extension FieldError: CustomStringConvertible {
    public var description: String { message }
}

/// What is wrong with a value, in words that are true of every such value.
enum FieldProblem: String, Error {
    case notString = "expected a string"
    case notInteger = "expected an integer"
    case notBoolean = "expected a boolean"
    case notDuration = "expected a number of seconds or a duration such as \"1h30m\""
    case negativeDuration = "a duration cannot be negative"
    case notList = "expected a list of strings or a comma-separated string"
    case notObject = "expected an object"
    case notMap = "expected an object of strings or a list of \"key=value\" pairs"
}
