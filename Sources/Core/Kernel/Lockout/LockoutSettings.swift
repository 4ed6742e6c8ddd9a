// After how many failed logins a user is locked out, and for how long.

internal import JSON

/// What the configuration or a mount says about locking users out; what it leaves open is taken
/// from what stands behind it.
public struct LockoutSettings: Sendable, Equatable {
    public var threshold: Int?
    public var durationSeconds: Int64?
    /// Failed logins that are further apart than this do not add up.
    public var counterResetSeconds: Int64?
    public var isDisabled: Bool?

    public init(
        threshold: Int? = nil, durationSeconds: Int64? = nil, counterResetSeconds: Int64? = nil,
        isDisabled: Bool? = nil
    ) {
        self.threshold = threshold
        self.durationSeconds = durationSeconds
        self.counterResetSeconds = counterResetSeconds
        self.isDisabled = isDisabled
    }

    /// These settings, with what they leave open filled in.
    func over(_ other: LockoutSettings) -> LockoutSettings {
        LockoutSettings(
            threshold: threshold ?? other.threshold,
            durationSeconds: durationSeconds ?? other.durationSeconds,
            counterResetSeconds: counterResetSeconds ?? other.counterResetSeconds,
            isDisabled: isDisabled ?? other.isDisabled)
    }
}

/// The rule that holds for a mount.
struct LockoutRule: Sendable, Equatable {
    var threshold = 5
    var durationSeconds: Int64 = 900
    var counterResetSeconds: Int64 = 900
    var isDisabled = false

    init(_ settings: LockoutSettings) {
        if let value = settings.threshold { threshold = value }
        if let value = settings.durationSeconds { durationSeconds = value }
        if let value = settings.counterResetSeconds { counterResetSeconds = value }
        if let value = settings.isDisabled { isDisabled = value }
    }
}

extension LockoutSettings {
    var json: JSONValue? {
        var object = JSONObject()
        if let threshold { object["threshold"] = .int(threshold) }
        if let durationSeconds { object["duration"] = .int(durationSeconds) }
        if let counterResetSeconds { object["reset"] = .int(counterResetSeconds) }
        if let isDisabled { object["disabled"] = .bool(isDisabled) }
        return object.isEmpty ? nil : .object(object)
    }

    init(decoding value: JSONValue?) {
        self.init(
            threshold: value?["threshold"]?.intValue,
            durationSeconds: value?["duration"]?.intValue.map { Int64($0) },
            counterResetSeconds: value?["reset"]?.intValue.map { Int64($0) },
            isDisabled: value?["disabled"]?.boolValue)
    }
}
