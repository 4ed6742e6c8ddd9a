// A rate limit as it was configured.

internal import JSON

struct RateLimitQuota: Sendable {
    var name: String
    /// As it was given.
    var path: String
    var scope: QuotaScope
    /// Requests of one client in an interval.
    var rate: Double
    var intervalSeconds: Int64
    var blockSeconds: Int64
    /// Holds for namespaces below too; global quotas always do.
    var isInheritable: Bool

    var shape: BucketShape {
        BucketShape(rate: rate, intervalSeconds: intervalSeconds, blockSeconds: blockSeconds)
    }

    static let type = "rate-limit"
    private static let format = 1

    var presentation: JSONValue {
        [
            "block_interval": .number(JSONNumber(Int(blockSeconds))),
            "inheritable": .bool(isInheritable),
            "interval": .number(JSONNumber(Int(intervalSeconds))), "name": .string(name),
            "path": .string(path), "rate": JSONNumber(rate).map { .number($0) } ?? 0, "role": "",
            "type": .string(Self.type),
        ]
    }

    func encoded() -> [UInt8] {
        let value: JSONValue = [
            "v": .number(JSONNumber(Self.format)), "name": .string(name), "path": .string(path),
            "scope": scope.stored, "rate": JSONNumber(rate).map { .number($0) } ?? 0,
            "interval": .number(JSONNumber(Int(intervalSeconds))),
            "block": .number(JSONNumber(Int(blockSeconds))), "inheritable": .bool(isInheritable),
        ]
        return value.encoded()
    }

    init?(decoding bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), value["v"]?.intValue == Self.format,
            let name = value["name"]?.stringValue, let scope = QuotaScope(stored: value["scope"]),
            let rate = value["rate"]?.doubleValue, rate > 0,
            let interval = value["interval"]?.intValue, let block = value["block"]?.intValue
        else { return nil }
        self.init(
            name: name, path: value["path"]?.stringValue ?? "", scope: scope, rate: rate,
            intervalSeconds: Int64(interval), blockSeconds: Int64(block),
            isInheritable: value["inheritable"]?.boolValue ?? false)
    }

    init(
        name: String, path: String, scope: QuotaScope, rate: Double, intervalSeconds: Int64,
        blockSeconds: Int64, isInheritable: Bool
    ) {
        self.name = name
        self.path = path
        self.scope = scope
        self.rate = rate
        self.intervalSeconds = intervalSeconds
        self.blockSeconds = blockSeconds
        self.isInheritable = isInheritable
    }
}
