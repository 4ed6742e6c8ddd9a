// A limit on the number of leases, as it was configured.

internal import JSON

struct LeaseCountQuota: Sendable {
    var name: String
    /// As it was given.
    var path: String
    var scope: QuotaScope
    var maxLeases: Int

    static let type = "lease-count"
    private static let format = 1

    var presentation: JSONValue {
        [
            "max_leases": .number(JSONNumber(maxLeases)), "name": .string(name),
            "path": .string(path), "role": "", "type": .string(Self.type),
        ]
    }

    func encoded() -> [UInt8] {
        let value: JSONValue = [
            "v": .number(JSONNumber(Self.format)), "name": .string(name), "path": .string(path),
            "scope": scope.stored, "max_leases": .number(JSONNumber(maxLeases)),
        ]
        return value.encoded()
    }

    init?(decoding bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), value["v"]?.intValue == Self.format,
            let name = value["name"]?.stringValue, let scope = QuotaScope(stored: value["scope"]),
            let maxLeases = value["max_leases"]?.intValue
        else { return nil }
        self.init(
            name: name, path: value["path"]?.stringValue ?? "", scope: scope, maxLeases: maxLeases)
    }

    init(name: String, path: String, scope: QuotaScope, maxLeases: Int) {
        self.name = name
        self.path = path
        self.scope = scope
        self.maxLeases = maxLeases
    }
}
