// Processors and their time, from /proc/cpuinfo and /proc/stat.

internal import Glibc
internal import JSON

enum HostProcessors {
    static var all: [JSONValue] {
        (ProcFile.text("/proc/cpuinfo") ?? "").split(separator: "\n\n").map { block in
            processor(ProcFile.fields(block.split(separator: "\n")))
        }
    }

    private static func processor(_ fields: [String: String]) -> JSONValue {
        func text(_ name: String) -> JSONValue { .string(fields[name] ?? "") }
        func number(_ name: String) -> JSONValue {
            .number(JSONNumber(fields[name].flatMap { Int($0) } ?? 0))
        }
        let speed = fields["cpu MHz"].flatMap { Double($0) } ?? 0
        let cache = fields["cache size"]?.split(separator: " ").first.flatMap { Int($0) } ?? 0
        let flags = fields["flags"]?.split(separator: " ") ?? []
        return [
            "cpu": number("processor"), "vendorId": text("vendor_id"),
            "family": text("cpu family"), "model": text("model"), "stepping": number("stepping"),
            "physicalId": text("physical id"), "coreId": text("core id"), "cores": 1,
            "modelName": text("model name"),
            "mhz": JSONNumber(speed).map { .number($0) } ?? 0,
            "cacheSize": .number(JSONNumber(cache)),
            "flags": .array(flags.map { .string(String($0)) }), "microcode": text("microcode"),
        ]
    }

    /// Seconds that each processor spent on what.
    static var times: [JSONValue] {
        let ticksPerSecond = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        let names = [
            "user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest",
            "guestNice",
        ]
        var result: [JSONValue] = []
        for line in ProcFile.lines("/proc/stat") {
            let parts = line.split(separator: " ")
            guard let name = parts.first, name.utf8.starts(with: "cpu".utf8), name != "cpu" else {
                continue
            }
            var object = JSONObject([("cpu", .string(String(name)))])
            for (index, name) in names.enumerated() {
                let ticks = index + 1 < parts.count ? Double(parts[index + 1]) ?? 0 : 0
                object[name] = JSONNumber(ticks / ticksPerSecond).map { .number($0) } ?? 0
            }
            result.append(.object(object))
        }
        return result
    }
}
