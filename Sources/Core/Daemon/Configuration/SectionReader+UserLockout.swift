// `user_lockout "<type of auth method>" { … }`: after how many failed logins users are locked out.

import HCL

/// What the configuration says for one type of auth method; `nil` leaves it to the default.
public struct UserLockoutConfiguration: Sendable, Equatable {
    public var threshold: Int?
    public var duration: Duration?
    public var counterReset: Duration?
    public var isDisabled: Bool?
}

extension SectionReader {
    /// The blocks by type; `all` is for every type that has no block of its own.
    func userLockout() -> [String: UserLockoutConfiguration] {
        var settings: [String: UserLockoutConfiguration] = [:]
        for section in sections("user_lockout", labelCount: 1) {
            let type = (section.labels.first?.text ?? "all").lowercased()
            if settings[type] != nil {
                error(at: section.position, "user_lockout \"\(type)\" is configured twice")
            }
            let reader = reader(of: section, "user_lockout")
            var lockout = UserLockoutConfiguration()
            lockout.threshold = reader.int("lockout_threshold", in: 1...1_000_000)?.value
            // A user who is locked out for no time is not locked out.
            lockout.duration = reader.seconds("lockout_duration").flatMap(Self.aboveZero)
            lockout.counterReset = reader.seconds("lockout_counter_reset").flatMap(Self.aboveZero)
            lockout.isDisabled = reader.bool("disable_lockout")?.value
            reader.finish(foreignKeys: [])
            settings[type] = lockout
        }
        return settings
    }

    private static func aboveZero(_ duration: Located<Duration>) -> Duration? {
        duration.value > .zero ? duration.value : nil
    }
}
