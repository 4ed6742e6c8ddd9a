// `sys/audit`: no device can be enabled in this version, and that is said instead of pretended.

internal import JSON
internal import Paths

enum SysAudit {
    static let paths = [
        CorePath("audit", [.read: .immediate(list)], help: "The audit devices."),
        CorePath(
            "audit/:path*", [.update: .immediate(enable), .delete: .immediate(disable)],
            help: "Enable or disable an audit device."),
    ]

    private static func list(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        BackendAnswer(data: JSONValue.object(JSONObject()).encoded())
    }

    private static func enable(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        throw BackendFailure(.invalidRequest, "audit devices are not available in this version")
    }

    private static func disable(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        BackendAnswer()
    }
}
