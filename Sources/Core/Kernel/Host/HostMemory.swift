// The machine's memory, from /proc/meminfo.

internal import JSON

enum HostMemory {
    private static let shownFields = [
        ("Active", "active"), ("Inactive", "inactive"), ("Buffers", "buffers"),
        ("Cached", "cached"), ("Writeback", "writeBack"), ("Dirty", "dirty"),
        ("WritebackTmp", "writeBackTmp"), ("Shmem", "shared"), ("Slab", "slab"),
        ("SReclaimable", "sreclaimable"), ("SUnreclaim", "sunreclaim"),
        ("PageTables", "pageTables"), ("SwapCached", "swapCached"),
        ("CommitLimit", "commitLimit"), ("Committed_AS", "committedAS"),
        ("SwapTotal", "swapTotal"), ("SwapFree", "swapFree"), ("Mapped", "mapped"),
    ]

    static var info: JSONValue {
        let fields = ProcFile.fields("/proc/meminfo")
        func bytes(_ name: String) -> Int {
            let kibibytes = fields[name]?.split(separator: " ").first.flatMap { Int($0) } ?? 0
            let (bytes, overflow) = kibibytes.multipliedReportingOverflow(by: 1024)
            return overflow ? 0 : bytes
        }
        let total = bytes("MemTotal")
        let available = bytes("MemAvailable")
        let used = max(0, total - available)
        let share = total == 0 ? 0 : Double(used) / Double(total) * 100
        var object = JSONObject([
            ("total", .number(JSONNumber(total))), ("available", .number(JSONNumber(available))),
            ("used", .number(JSONNumber(used))),
            ("usedPercent", JSONNumber(share).map { .number($0) } ?? 0),
            ("free", .number(JSONNumber(bytes("MemFree")))),
        ])
        for (field, name) in shownFields { object[name] = .number(JSONNumber(bytes(field))) }
        return .object(object)
    }
}
