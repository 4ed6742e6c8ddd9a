// Metadata: a few names with values, compared and looked up as bytes.

internal import JSON

/// Pairs of texts in byte order of their names, each name once.
struct StringPairs: Sendable {
    private(set) var pairs: [(name: String, value: String)]

    static var none: StringPairs { StringPairs([]) }

    /// Of pairs with the same name the last counts.
    init(_ unsorted: [(name: String, value: String)]) {
        var object = JSONObject()
        for pair in unsorted { object[pair.name] = .string(pair.value) }
        pairs = object.members.map { ($0.key, $0.value.stringValue ?? "") }.sorted {
            $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
        }
    }

    init(_ json: JSONValue?) {
        self.init((json?.objectValue?.members ?? []).map { ($0.key, $0.value.stringValue ?? "") })
    }

    var isEmpty: Bool { pairs.isEmpty }

    subscript(_ name: String) -> String? {
        pairs.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    /// `null` when there are none, as Vault shows metadata that were never set.
    var json: JSONValue {
        pairs.isEmpty ? .null : .object(JSONObject(pairs.map { ($0.name, .string($0.value)) }))
    }
}

extension StringPairs: Equatable {
    static func == (one: StringPairs, other: StringPairs) -> Bool {
        one.pairs.count == other.pairs.count
            && zip(one.pairs, other.pairs).allSatisfy {
                $0.name.utf8.elementsEqual($1.name.utf8)
                    && $0.value.utf8.elementsEqual($1.value.utf8)
            }
    }
}
