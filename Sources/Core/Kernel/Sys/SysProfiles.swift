// `sys/pprof`: profiles of Go's runtime, which this server does not have.

internal import Paths

enum SysProfiles {
    static let paths = [
        CorePath("pprof", [.read: .immediate(refuse)], help: "Not available."),
        CorePath("pprof/:profile*?", [.read: .immediate(refuse)], help: "Not available."),
    ]

    private static func refuse(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        throw BackendFailure(
            .unsupportedPath,
            "this server is not written in Go and has no pprof profiles; see sys/metrics and "
                + "sys/host-info, and perf(1) for profiles")
    }
}
