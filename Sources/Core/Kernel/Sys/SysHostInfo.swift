// `sys/host-info`: the machine that the server runs on.

internal import Clock
internal import JSON
internal import Paths

enum SysHostInfo {
    static let paths = [
        CorePath(
            "host-info", [.read: .suspending(read)],
            help: "The machine that the server runs on: processors, disks, memory.")
    ]

    private static func read(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let data: JSONValue = [
            "timestamp": .string(Timestamp.now.rfc3339),
            "cpu": .array(HostProcessors.all),
            "cpu_times": .array(HostProcessors.times),
            "disk": .array(HostDisks.all),
            "host": HostSystem.info,
            "memory": HostMemory.info,
        ]
        return BackendAnswer(data: data.encoded())
    }
}
