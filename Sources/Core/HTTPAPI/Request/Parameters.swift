// Name and value pairs of a query or of an HTML form, and the JSON object that engines see of them.

internal import JSON

/// Parameters in the order of their first appearance; names are compared as bytes.
struct Parameters {
    private var entries: [(name: String, values: [String])] = []
    private var places: [[UInt8]: Int] = [:]

    init() {}

    init(_ text: Substring, limit: Int) throws(Refusal) {
        var count = 0
        for pair in text.utf8.split(separator: UInt8(ascii: "&")) {
            count += 1
            guard count <= limit else { throw .badRequest("more than \(limit) parameters") }
            let cut = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            guard let name = PercentEncoding.decode(pair[..<cut], plusIsSpace: true),
                let value = PercentEncoding.decode(pair[cut...].dropFirst(), plusIsSpace: true)
            else { throw .badRequest("parameters are not percent-encoded UTF-8") }
            append(value, to: name)
        }
    }

    private mutating func append(_ value: String, to name: String) {
        let key = Array(name.utf8)
        if let place = places[key] {
            entries[place].values.append(value)
        } else {
            places[key] = entries.count
            entries.append((name, [value]))
        }
    }

    /// The first value of a parameter.
    subscript(_ name: String) -> String? {
        places[Array(name.utf8)].flatMap { entries[$0].values.first }
    }

    /// One JSON object: a string for each name, or an array where the name was repeated; empty when
    /// there is none.
    func encodedJSON(leavingOut reserved: [String] = []) -> [UInt8] {
        let left = entries.filter { entry in
            !reserved.contains { $0.utf8.elementsEqual(entry.name.utf8) }
        }
        guard !left.isEmpty else { return [] }
        var writer = JSONWriter()
        writer.beginObject()
        for (name, values) in left {
            writer.key(name)
            if let only = values.first, values.count == 1 {
                writer.string(only)
            } else {
                writer.strings(values)
            }
        }
        writer.endObject()
        return writer.bytes
    }
}
