// `config/auto-tidy`: a tidy from time to time, when the core wakes the engine.

import Certificates
import JSON
import Paths
import PluginSDK

struct AutoTidy: Sendable {
    var isEnabled = false
    var intervalSeconds = 12 * 3_600
    var settings = TidySettings()
    var lastFinished: CertificateTime?

    init() {}

    mutating func change(_ fields: FieldValues) throws(PluginError) {
        try settings.change(fields)
        if let flag = fields.boolean("enabled") { isEnabled = flag }
        if let seconds = fields.duration("interval_duration") { intervalSeconds = seconds }
        guard intervalSeconds >= 60 else {
            throw PluginError(.invalidRequest, "interval_duration is at least a minute")
        }
        guard !isEnabled || settings.removesSomething else {
            throw PluginError(
                .invalidRequest,
                "Auto-tidy enabled but no tidy operations were requested. Enable at least one "
                    + "tidy operation to be run.")
        }
    }

    /// The answer, and when the engine is to be woken.
    func waking(_ answer: Answer) -> Answer {
        isEnabled ? answer.waking(afterSeconds: UInt64(clamping: intervalSeconds)) : answer
    }

    func isDue(_ now: CertificateTime) -> Bool {
        guard isEnabled else { return false }
        // A clock that was set back is no reason to wait for long.
        guard let last = lastFinished, last <= now else { return true }
        return last.adding(seconds: Int64(intervalSeconds)) <= now
    }

    var json: JSONValue {
        var json = settings.json
        json["enabled"] = .bool(isEnabled)
        json["interval_duration"] = .int(intervalSeconds)
        json["maintain_stored_certificate_counts"] = false
        json["publish_stored_certificate_count_metrics"] = false
        return json
    }

    /// layout 1, then the settings as JSON.
    var record: [UInt8] {
        var json = json
        json["last_finished"] = lastFinished.map { .int($0.seconds) } ?? .null
        return [1] + json.encoded()
    }

    init(record: [UInt8]) throws(PluginError) {
        guard record.first == 1, let json = try? JSONValue(parsing: Array(record.dropFirst()))
        else { throw RecordError.damaged.failure(of: "configuration") }
        isEnabled = json["enabled"]?.boolValue ?? false
        intervalSeconds = json["interval_duration"]?.intValue ?? intervalSeconds
        settings = TidySettings(json)
        lastFinished = json["last_finished"]?.intValue.map { CertificateTime(seconds: Int64($0)) }
    }
}

extension Entries {
    func autoTidy() throws(PluginError) -> AutoTidy {
        guard let record = self[StorageKey.autoTidy] else { return AutoTidy() }
        return try AutoTidy(record: record)
    }
}

/// What the engine does when it is woken: the tidy that is under way, or the one that is due.
func wake(_ request: Request, _ mount: PKIMount) -> Outcome {
    .read([StorageKey.autoTidy, StorageKey.tidyStatus]) { entries in
        let automatic = try entries.autoTidy()
        if var state = try entries.tidy(), state.isUnderWay {
            guard state.phase == .cancelling else {
                return TidyRun(state, automatic, mount).outcome()
            }
            state.phase = .cancelled
            return state.end(automatic)
        }
        let now = CertificateTime(request.now)
        guard automatic.isDue(now) else { return .answer(automatic.waking(.none)) }
        let state = TidyState(automatic.settings, isAutomatic: true, started: now)
        var batch = WriteBatch()
        batch.put(StorageKey.tidyStatus, state.record)
        return .commit(batch) { TidyRun(state, automatic, mount).outcome() }
    }
}
