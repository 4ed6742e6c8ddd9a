// What the metrics say of the engines' processes.

internal import Glibc
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
                if let pid = status.pid, let bytes = residentBytes(pid) {
                    add("resident_bytes", Double(bytes))
                }
            }
            gauges.append(.init("plugins.processes", Double(running)))
            return gauges
        }
    }
}

/// A process's memory in RAM.
private func residentBytes(_ pid: Int32) -> Int? {
    let descriptor = open("/proc/\(pid)/statm", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 128)
    let count = read(descriptor, &bytes, bytes.count)
    guard count > 0 else { return nil }
    let numbers = String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: " ")
    guard numbers.count > 1, let pages = Int(numbers[1]) else { return nil }
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
}
