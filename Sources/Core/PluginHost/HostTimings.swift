// How long the host waits for what. The limits are the default; tests are more impatient.

internal import NIOCore

struct HostTimings: Sendable {
    var start: TimeAmount = .seconds(PluginHostLimits.startSeconds)
    var mount: TimeAmount = .seconds(PluginHostLimits.mountSeconds)
    var drain: TimeAmount = .seconds(PluginHostLimits.drainSeconds)
    var terminate: TimeAmount = .seconds(PluginHostLimits.terminateSeconds)
    /// For reading what a child said before it ended.
    var lastWords: TimeAmount = .milliseconds(100)
    var trial: TimeAmount = .milliseconds(PluginHostLimits.trialMilliseconds)
    var probation: TimeAmount = .seconds(PluginHostLimits.probationSeconds)
    /// Without a call for this long, a process is ended.
    var idle: TimeAmount = .seconds(PluginHostLimits.idleSeconds)
    /// With as many processes as there may be, for one of them to have nothing to do.
    var idleOther: TimeAmount = .milliseconds(PluginHostLimits.waitForIdleMilliseconds)
    /// Then, for that one to end.
    var room: TimeAmount = .milliseconds(PluginHostLimits.waitForRoomMilliseconds)
    var sweep: TimeAmount = .milliseconds(PluginHostLimits.sweepMilliseconds)
}
