// What the kernel says of this process: memory, threads, descriptors, processor time.

internal import Glibc
internal import Metrics

enum ProcessFigures {
    static func read() -> [MetricsReading.Gauge] {
        var gauges: [MetricsReading.Gauge] = []
        let status = ProcFile.fields("/proc/self/status")
        func add(_ name: MetricName, kibibytes field: String) {
            guard let text = status[field], let number = text.split(separator: " ").first,
                let value = Double(number)
            else { return }
            gauges.append(.init(name, value * 1024))
        }
        // Memory of this process's own making is what comes nearest to a heap's figures.
        add("runtime.alloc_bytes", kibibytes: "RssAnon")
        add("runtime.sys_bytes", kibibytes: "VmRSS")
        add("runtime.virtual_bytes", kibibytes: "VmSize")
        if let threads = status["Threads"].flatMap({ Double($0) }) {
            gauges.append(.init("runtime.num_threads", threads))
        }
        var usage = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            let seconds =
                Double(usage.ru_utime.tv_sec) + Double(usage.ru_stime.tv_sec)
                + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
            gauges.append(.init("runtime.cpu_seconds", seconds))
        }
        if let count = openDescriptors() {
            gauges.append(.init("runtime.num_open_descriptors", Double(count)))
        }
        return gauges
    }

    private static func openDescriptors() -> Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        // Two are "." and "..", one is the folder itself.
        var count = -3
        while readdir(folder) != nil { count += 1 }
        return max(0, count)
    }
}
