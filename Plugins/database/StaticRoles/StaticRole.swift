// A user that is there already and whose password, or key pair, is the engine's business.

import JSON
import PluginSDK

struct StaticRole: Sendable {
    enum Rotation: Sendable {
        case period(seconds: Int64)
        /// A window of 0 seconds is open until the next time.
        case schedule(RotationSchedule, windowSeconds: Int64)
    }

    var database: String
    var username: String
    var statements: [String] = []
    var rotation: Rotation
    var credential = CredentialSettings.usual
    /// The password, or the private key.
    var secret = ""
    /// One that is being set or has been set; until that is known, either may be right.
    var pending: String?
    var lastRotation: Timestamp?
    /// When its time comes by period or schedule.
    var nextRotation: Timestamp
    /// When it is looked at: the same, or later after failures.
    var dueAt: Timestamp
    var failures = 0

    /// The first time after `now`.
    func next(after now: Timestamp) -> Timestamp {
        switch rotation {
        case .period(let seconds): now.adding(seconds: seconds)
        case .schedule(let schedule, _): schedule.next(after: now)
        }
    }

    /// A schedule's window has passed: it is not rotated at another time than was said.
    func isTooLate(_ now: Timestamp) -> Bool {
        guard case .schedule(_, let window) = rotation, window > 0 else { return false }
        return now > nextRotation.adding(seconds: window)
    }

    /// The new secret is the one that the server knows of.
    mutating func settle(now: Timestamp) {
        secret = pending ?? secret
        pending = nil
        lastRotation = now
        failures = 0
        nextRotation = next(after: now)
        dueAt = nextRotation
    }

    mutating func putOff(now: Timestamp) {
        failures += 1
        let doublings = min(failures - 1, 10)
        let wait = min(
            Limits.firstRotationRetrySeconds << Int64(doublings),
            Limits.longestRotationRetrySeconds)
        dueAt = now.adding(seconds: wait)
    }

    // MARK: Storage

    init(
        database: String, username: String, rotation: Rotation, now: Timestamp
    ) {
        self.database = database
        self.username = username
        self.rotation = rotation
        nextRotation = now
        dueAt = now
    }

    init(decoding bytes: [UInt8]) throws(PluginError) {
        let damaged = PluginError(.internalError, "the stored static role is damaged")
        guard let json = try? JSONValue(parsing: bytes),
            let database = json["db_name"]?.stringValue,
            let username = json["username"]?.stringValue,
            let next = json["next"]?.numberValue?.int, let due = json["due"]?.numberValue?.int
        else { throw damaged }
        self.database = database
        self.username = username
        statements = json["statements"].strings
        if let text = json["schedule"]?.stringValue {
            guard let schedule = RotationSchedule(text) else { throw damaged }
            rotation = .schedule(schedule, windowSeconds: Int64(json["window"]?.intValue ?? 0))
        } else {
            rotation = .period(seconds: Int64(json["period"]?.intValue ?? 86_400))
        }
        secret = json["password"]?.stringValue ?? ""
        credential = try CredentialSettings(decoding: json)
        pending = json["pending"]?.stringValue
        lastRotation = (json["last"]?.intValue).map { Timestamp(nanoseconds: Int64($0)) }
        nextRotation = Timestamp(seconds: Int64(next))
        dueAt = Timestamp(seconds: Int64(due))
        failures = json["failures"]?.intValue ?? 0
    }

    func encoded() -> [UInt8] {
        var object: JSONObject = [
            "db_name": .string(database), "username": .string(username),
            "statements": .strings(statements), "password": .string(secret),
            "next": .int(nextRotation.seconds), "due": .int(dueAt.seconds),
            "failures": .int(failures),
        ]
        switch rotation {
        case .period(let seconds): object["period"] = .int(seconds)
        case .schedule(let schedule, let window):
            object["schedule"] = .string(schedule.text)
            object["window"] = .int(window)
        }
        credential.describe(in: &object, showsSecrets: true)
        if let pending { object["pending"] = .string(pending) }
        if let lastRotation { object["last"] = .int(lastRotation.nanoseconds) }
        return JSONValue.object(object).encoded()
    }

    // MARK: Shown

    /// What both `static-roles` and `static-creds` say of the rotation.
    func describe(in object: inout JSONObject) {
        object["username"] = .string(username)
        switch rotation {
        case .period(let seconds): object["rotation_period"] = .int(seconds)
        case .schedule(let schedule, let window):
            object["rotation_schedule"] = .string(schedule.text)
            if window > 0 { object["rotation_window"] = .int(window) }
        }
        object["last_vault_rotation"] = lastRotation.map { .string($0.rfc3339) } ?? .null
    }
}

extension WriteBatch {
    /// The role and its place in the order of rotations; `old` is where that was before.
    mutating func put(_ role: StaticRole, _ name: String, replacing old: StaticRole?) {
        let place = StorageKey.rotation(name, dueAt: role.dueAt.seconds)
        if let old {
            let before = StorageKey.rotation(name, dueAt: old.dueAt.seconds)
            if !before.hasSameBytes(as: place) { delete(before) }
        }
        put(place, [])
        put(StorageKey.staticRole(name), role.encoded())
    }
}

extension Entries {
    func staticRole(_ name: String) throws(PluginError) -> StaticRole? {
        guard let bytes = self[StorageKey.staticRole(name)] else { return nil }
        return try StaticRole(decoding: bytes)
    }
}
