// One parameter of a path: what it is called, what it may be, and what it means. Validation, help
// and OpenAPI read the same value.

public import JSON

/// The numbers are part of the plugin protocol.
public enum FieldKind: UInt8, Sendable, Hashable, CaseIterable {
    case string = 1
    case integer = 2
    case boolean = 3
    /// Seconds, from a number or a text such as "1h30m".
    case duration = 4
    /// An array, or one text separated by commas.
    case stringList = 5
    case object = 6
    /// An object of strings, or "key=value" texts.
    case stringMap = 7
    case any = 8
}

public struct Field: Sendable {
    public let name: String
    public let kind: FieldKind
    public let `default`: JSONValue?
    public let required: Bool
    public let help: String

    public init(
        name: String, kind: FieldKind, default: JSONValue? = nil, required: Bool = false,
        help: String = ""
    ) {
        self.name = name
        self.kind = kind
        self.default = `default`
        self.required = required
        self.help = help
    }

    public static func string(
        _ name: String, default: String? = nil, required: Bool = false, _ help: String
    ) -> Field {
        Field(
            name: name, kind: .string, default: `default`.map { .string($0) }, required: required,
            help: help)
    }

    public static func integer(
        _ name: String, default: Int? = nil, required: Bool = false, _ help: String
    ) -> Field {
        Field(
            name: name, kind: .integer, default: `default`.map { .int($0) }, required: required,
            help: help)
    }

    public static func boolean(
        _ name: String, default: Bool? = nil, required: Bool = false, _ help: String
    ) -> Field {
        Field(
            name: name, kind: .boolean, default: `default`.map { .bool($0) }, required: required,
            help: help)
    }

    /// The default is a number of seconds or a text such as "768h".
    public static func duration(
        _ name: String, default: JSONValue? = nil, required: Bool = false, _ help: String
    ) -> Field {
        Field(name: name, kind: .duration, default: `default`, required: required, help: help)
    }

    public static func stringList(
        _ name: String, default: [String]? = nil, required: Bool = false, _ help: String
    ) -> Field {
        Field(
            name: name, kind: .stringList, default: `default`.map { .strings($0) },
            required: required, help: help)
    }

    public static func object(
        _ name: String, default: JSONValue? = nil, required: Bool = false, _ help: String
    ) -> Field {
        Field(name: name, kind: .object, default: `default`, required: required, help: help)
    }

    public static func stringMap(
        _ name: String, default: JSONValue? = nil, required: Bool = false, _ help: String
    ) -> Field {
        Field(name: name, kind: .stringMap, default: `default`, required: required, help: help)
    }

    public static func any(
        _ name: String, default: JSONValue? = nil, required: Bool = false, _ help: String
    ) -> Field {
        Field(name: name, kind: .any, default: `default`, required: required, help: help)
    }
}
