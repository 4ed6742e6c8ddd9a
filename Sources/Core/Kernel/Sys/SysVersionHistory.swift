// `sys/version-history`: which versions of Coffer have opened this store.

internal import Clock
internal import JSON
internal import Paths

enum SysVersionHistory {
    static let paths = [
        CorePath(
            "version-history/", [.list: .immediate(list)],
            help: "The versions that have opened this store, oldest first.")
    ]

    private static func list(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let versions = try VersionHistory(barrier: call.core.barrier).all()
        var info = JSONObject()
        for version in versions {
            info[version.name] = [
                "build_date": .null,
                "previous_version": version.previous.map { .string($0) } ?? .null,
                "timestamp_installed": .string(version.firstSeen.rfc3339Seconds),
            ]
        }
        let data: JSONValue = [
            "keys": .array(versions.map { .string($0.name) }), "key_info": .object(info),
        ]
        return BackendAnswer(data: data.encoded())
    }
}
