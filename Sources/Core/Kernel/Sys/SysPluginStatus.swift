// `sys/plugins/status`: the engines' processes, what they are doing and what they are kept in.

internal import JSON
internal import Paths

enum SysPluginStatus {
    static let sudo = ["plugins/status"]

    static let paths = [
        CorePath(
            "plugins/status", [.read: .suspending(read)],
            help: "The processes of the engines: running or not, since when, and in which sandbox.")
    ]

    private static func read(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        var all: [JSONValue] = []
        for status in await call.core.launcher.status {
            let mount = try PluginUses.owner(of: status, in: call.server)
            all.append(.object(entry(status, mount)))
        }
        return BackendAnswer(data: JSONValue.object(["plugins": .array(all)]).encoded())
    }

    private static func entry(_ status: PluginStatus, _ mount: String?) -> JSONObject {
        var entry = JSONObject()
        entry["name"] = .string(status.type)
        entry["namespace_id"] = .string(status.namespaceID)
        entry["type"] = .string(status.kind.rawValue)
        entry["version"] = .string(status.version)
        entry["state"] = .string(status.phase.rawValue)
        entry["pid"] = status.pid.map { .number(JSONNumber(Int($0))) } ?? .null
        entry["user_id"] = status.userID.map { .number(JSONNumber(Int($0))) } ?? .null
        entry["sha256"] = .string(status.digest)
        entry["mounts"] = number(status.mounts)
        entry["mount"] = mount.map { .string($0) } ?? .null
        entry["uptime_seconds"] = number(Int(clamping: status.uptimeSeconds))
        entry["restarts"] = number(status.restarts)
        entry["idle_stops"] = number(status.idleStops)
        entry["held_back"] = .bool(status.isHeldBack)
        entry["times_held_back"] = number(status.timesHeldBack)
        var refused = JSONObject()
        for (kind, count) in status.refused.sorted(by: { $0.key < $1.key }) {
            refused[kind] = number(count)
        }
        entry["refused"] = .object(refused)
        entry["times_refused"] = number(status.timesRefused)
        entry["refusals_reported"] = .bool(status.refusalsAreReported)
        entry["failures_in_a_row"] = number(status.failuresInARow)
        entry["next_start_seconds"] = number(Int(status.nextStartSeconds.rounded(.up)))
        entry["memory_bytes"] = status.memoryBytes.map(number) ?? .null
        entry["calls_in_flight"] = number(status.callsInFlight)
        entry["sandbox"] = .string(status.sandbox)
        entry["sandbox_gaps"] = .array(status.sandboxGaps.map { .string($0) })
        entry["last_end"] = status.lastEnd.map { .string($0) } ?? .null
        return entry
    }

    private static func number(_ value: Int) -> JSONValue { .number(JSONNumber(value)) }
}
