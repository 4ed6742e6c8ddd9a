// `key=value` arguments as query parameters, for GET and DELETE; a list becomes several.

import JSON

enum QueryArguments {
    static func pairs(_ data: JSONValue) throws(UsageError) -> [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = []
        for (name, value) in data.objectValue?.members ?? [] {
            for element in value.arrayValue ?? [value] {
                switch element {
                case .string, .number, .bool: pairs.append((name, PlainValue.text(element)))
                case .null, .array, .object:
                    throw UsageError("the value of \"\(name)\" cannot be a query parameter")
                }
            }
        }
        return pairs
    }
}
