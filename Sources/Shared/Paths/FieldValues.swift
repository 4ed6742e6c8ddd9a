// A request's parameters, checked and converted by the fields that its path declares: a handler
// sees only values of the right kind.

public import JSON

public struct FieldValues: Sendable {
    private struct Entry: Sendable {
        let field: Field
        let raw: JSONValue
        let value: FieldValue
        let isGiven: Bool
    }

    private let entries: [Entry]
    /// Names that the client sent and neither a field nor the path declares. A path without fields
    /// takes what comes.
    public let unknown: [String]

    /// What the path captured counts before what the data says, so that data cannot redirect a
    /// request which was allowed by its path. A member that is null counts as not given.
    public init(fields: [Field], captures: Captures, data: JSONValue?) throws(FieldError) {
        let members: JSONObject
        switch data {
        case .object(let object): members = object
        case nil, .null: members = JSONObject()
        default: throw .notAnObject
        }
        var entries: [Entry] = []
        entries.reserveCapacity(fields.count)
        for field in fields {
            let given = captures[field.name].map { .string($0) } ?? members[field.name]
            if let entry = try Self.entry(field, given: given) { entries.append(entry) }
        }
        self.entries = entries
        unknown = members.keys.filter { key in
            !fields.isEmpty && !fields.contains { sameBytes($0.name, key) }
                && !captures.names.contains { sameBytes($0, key) }
        }
    }

    private static func entry(_ field: Field, given: JSONValue?) throws(FieldError) -> Entry? {
        let isGiven = given.map { !$0.isNull || field.kind == .any } ?? false
        if !isGiven, field.required { throw .missing(field.name) }
        guard let raw = isGiven ? given : field.default else { return nil }
        do throws(FieldProblem) {
            let value = try FieldCoercion.value(raw, as: field.kind)
            return Entry(field: field, raw: raw, value: value, isGiven: isGiven)
        } catch {
            throw .unconvertible(field.name, error)
        }
    }

    /// Whether the client gave a value; a default does not count.
    public func isPresent(_ name: String) -> Bool { entry(name)?.isGiven ?? false }

    /// The value as it was sent, or the default.
    public func value(_ name: String) -> JSONValue? { entry(name)?.raw }

    public func string(_ name: String) -> String? {
        if case .string(let value) = entry(name)?.value { value } else { nil }
    }

    public func integer(_ name: String) -> Int? {
        if case .integer(let value) = entry(name)?.value { value } else { nil }
    }

    public func boolean(_ name: String) -> Bool? {
        if case .boolean(let value) = entry(name)?.value { value } else { nil }
    }

    /// Seconds, never negative.
    public func duration(_ name: String) -> Int? {
        if case .seconds(let value) = entry(name)?.value { value } else { nil }
    }

    public func stringList(_ name: String) -> [String]? {
        if case .strings(let value) = entry(name)?.value { value } else { nil }
    }

    public func object(_ name: String) -> JSONObject? {
        if case .object(let value) = entry(name)?.value { value } else { nil }
    }

    /// Pairs rather than a dictionary: Swift's would take two spellings of "é" for one key.
    public func stringMap(_ name: String) -> [(key: String, value: String)]? {
        if case .map(let value) = entry(name)?.value { value } else { nil }
    }

    private func entry(_ name: String) -> Entry? {
        entries.first { sameBytes($0.field.name, name) }
    }
}
