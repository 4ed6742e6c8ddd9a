// The catalog's entry of what is run: looked at again at each start.

internal import Kernel
internal import NIOCore

extension PluginSupervisor {
    /// Takes over the entry as it is now under its name and version. What is not in the catalog any
    /// more is not started any more; what runs goes on running.
    func takeEntry() throws(BackendFailure) {
        let source = source
        guard let program = source.program else { return }
        guard let registered = source.registered() else {
            throw notStarted("it is not in the catalog any more")
        }
        if registered != program { run(source.with(registered)) }
    }

    /// An entry was made or replaced. If it is this one, what kept it from starting may be over.
    func registered(_ program: PluginProgram) {
        guard let own = source.program, own.kind == program.kind, own.name == program.name,
            own.version == program.version, case .idle = phase
        else { return }
        backOff = BackOff()
        for port in ports.all { port.loop.execute { port.reconsider() } }
    }

    func noRoom(_ bound: ProcessBound) -> BackendFailure {
        var failure = BackendFailure(
            .unavailable,
            "\(label) cannot be started at present: \(bound.name) is \(bound.most), and so many "
                + "are busy", retryAfterSeconds: PluginHostLimits.shedRetryAfterSeconds)
        failure.isForWantOfRoom = true
        return failure
    }
}
