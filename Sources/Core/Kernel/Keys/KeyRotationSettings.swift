// When a new barrier key is made by itself.

internal import JSON
internal import Paths

struct KeyRotationSettings: Sendable, Equatable {
    /// Encryptions after which a key is replaced.
    var maxOperations = maxOperationsRange.upperBound
    /// Age at which a key is replaced; 0 is never.
    var intervalSeconds: Int64 = 0
    var isEnabled = true

    /// Vault's bounds. The upper one is where the barrier rotates whatever is set here.
    static let maxOperationsRange: ClosedRange<Int64> = 1_000_000...3_865_470_566
    static let minIntervalSeconds: Int64 = 24 * 3600

    func checked() throws(BackendFailure) -> KeyRotationSettings {
        guard intervalSeconds == 0 || intervalSeconds >= Self.minIntervalSeconds else {
            let least = DurationText.text(seconds: Int(Self.minIntervalSeconds))
            throw BackendFailure(
                .invalidRequest, "interval must be greater or equal to \(least)")
        }
        let range = Self.maxOperationsRange
        guard range.contains(maxOperations) else {
            throw BackendFailure(
                .invalidRequest,
                "max_operations must be in the range [\(range.lowerBound),\(range.upperBound)]")
        }
        return self
    }

    /// Whether a key of this age is to be replaced.
    func isDue(installedAt: Int64, now: Int64) -> Bool {
        guard isEnabled, intervalSeconds > 0 else { return false }
        let (age, isTooLarge) = now.subtractingReportingOverflow(installedAt)
        return !isTooLarge && age >= intervalSeconds
    }

    func encoded() -> [UInt8] {
        let value: JSONValue = [
            "max_operations": .int(maxOperations), "interval": .int(intervalSeconds),
            "enabled": .bool(isEnabled),
        ]
        return value.encoded()
    }

    init() {}

    init(decoding bytes: [UInt8]) throws(BackendFailure) {
        guard let value = try? JSONValue(parsing: bytes),
            let maxOperations = value["max_operations"]?.intValue,
            let interval = value["interval"]?.intValue,
            let isEnabled = value["enabled"]?.boolValue
        else {
            throw BackendFailure(
                .internalError, "the stored rotation settings cannot be read")
        }
        self.maxOperations = Int64(maxOperations)
        intervalSeconds = Int64(interval)
        self.isEnabled = isEnabled
    }
}
