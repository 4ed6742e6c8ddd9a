// How far a tidy has come, as it is stored: what is running goes on from there, in this process or
// in a later one.

import Certificates
import JSON
import PluginSDK

struct TidyState: Sendable {
    enum Phase: String, Sendable {
        case running = "Running"
        /// It was told to stop, and has not looked yet.
        case cancelling = "Cancelling"
        case cancelled = "Cancelled"
        case finished = "Finished"
    }

    var phase = Phase.running
    let settings: TidySettings
    /// Time began it, and no client.
    let isAutomatic: Bool
    let started: CertificateTime
    var finished: CertificateTime?
    /// The certificate that was looked at last.
    var place: String?
    var seen = 0
    var removedCertificates = 0
    var removedRevoked = 0

    init(_ settings: TidySettings, isAutomatic: Bool, started: CertificateTime) {
        self.settings = settings
        self.isAutomatic = isAutomatic
        self.started = started
    }

    var isUnderWay: Bool {
        switch phase {
        case .running, .cancelling: true
        case .cancelled, .finished: false
        }
    }

    // MARK: What clients see

    func json(_ automatic: AutoTidy) -> JSONValue {
        var json = settings.json
        json["state"] = .string(phase.rawValue)
        json["error"] = .null
        json["time_started"] = .string(started.rfc3339)
        json["time_finished"] = finished.map { .string($0.rfc3339) } ?? .null
        json["message"] =
            isUnderWay
            ? .string("Tidying certificate store: \(seen) entries were looked at") : .null
        json["cert_store_deleted_count"] = .int(removedCertificates)
        json["revoked_cert_deleted_count"] = .int(removedRevoked)
        json["missing_issuer_cert_count"] = 0
        json["current_cert_store_count"] =
            phase == .finished && settings.looksAtCertificates
            ? .int(seen - removedCertificates - removedRevoked) : .null
        json["last_auto_tidy_finished"] =
            automatic.lastFinished.map { .string($0.rfc3339) } ?? .null
        return json
    }

    /// Where there has been none.
    static func idle(_ automatic: AutoTidy) -> JSONValue {
        var json = TidyState(
            TidySettings(), isAutomatic: false, started: CertificateTime(seconds: 0)
        ).json(automatic)
        json["state"] = "Inactive"
        for name in ["time_started", "message"] { json[name] = .null }
        return json
    }

    // MARK: The stored form

    /// layout 2, then JSON.
    var record: [UInt8] {
        [2]
            + JSONValue.object([
                "settings": settings.json, "state": .string(phase.rawValue),
                "automatic": .bool(isAutomatic), "started": .int(started.seconds),
                "finished": finished.map { .int($0.seconds) } ?? .null,
                "place": place.map { .string($0) } ?? .null, "seen": .int(seen),
                "removed": .int(removedCertificates), "revoked": .int(removedRevoked),
            ]).encoded()
    }

    init(record: [UInt8]) throws(PluginError) {
        guard record.first == 2, let json = try? JSONValue(parsing: Array(record.dropFirst())),
            let phase = json["state"]?.stringValue.flatMap(Phase.init),
            let started = json["started"]?.intValue
        else { throw RecordError.damaged.failure(of: "tidy") }
        func number(_ name: String) -> Int { json[name]?.intValue ?? 0 }
        self.init(
            TidySettings(json["settings"] ?? [:]),
            isAutomatic: json["automatic"]?.boolValue ?? false,
            started: CertificateTime(seconds: Int64(started)))
        self.phase = phase
        finished = json["finished"]?.intValue.map { CertificateTime(seconds: Int64($0)) }
        place = json["place"]?.stringValue
        seen = number("seen")
        removedCertificates = number("removed")
        removedRevoked = number("revoked")
    }
}

extension Entries {
    /// The latest tidy. Of one that an older version of the engine has ended nothing is told.
    func tidy() throws(PluginError) -> TidyState? {
        guard let record = self[StorageKey.tidyStatus], record.first != 1 else { return nil }
        return try TidyState(record: record)
    }
}
