// What the metrics say of the engines' processes.

internal import Kernel
internal import Metrics
internal import PluginHost

extension Core {
    /// `plugins.…`, one series for each plugin.
    func registerFigures(of launcher: PluginLauncher) {
        figures.metrics.registerCollector { [weak launcher] in
            guard let launcher else { return [] }
            var gauges: [MetricsReading.Gauge] = []
            var running = 0
            for status in await launcher.status {
                let labels = [("plugin", status.type), ("version", status.version)]
                func add(_ name: String, _ value: Double) {
                    gauges.append(.init(MetricName("plugins.\(name)", labels), value))
                }
                if status.phase == .running { running += 1 }
                add("running", status.phase == .running ? 1 : 0)
                add("mounts", Double(status.mounts))
                add("restarts", Double(status.restarts))
                add("failures_in_a_row", Double(status.failuresInARow))
                add("idle_stops", Double(status.idleStops))
                add("times_held_back", Double(status.timesHeldBack))
                add("times_refused", Double(status.timesRefused))
                add("calls_in_flight", Double(status.callsInFlight))
                if let bytes = status.memoryBytes { add("resident_bytes", Double(bytes)) }
            }
            gauges.append(.init("plugins.processes", Double(running)))
            return gauges
        }
    }
}
