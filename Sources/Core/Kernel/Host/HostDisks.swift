// Disks that are mounted, from /proc/mounts and statvfs.

internal import Glibc
internal import JSON

enum HostDisks {
    private static let mostDisks = 256

    /// What lies on a device, each device once, and the root.
    static var all: [JSONValue] {
        var seen: Set<Substring> = []
        var result: [JSONValue] = []
        for line in ProcFile.lines("/proc/mounts") {
            let parts = line.split(separator: " ")
            guard parts.count >= 3, result.count < mostDisks else { continue }
            let isDevice = parts[0].utf8.starts(with: "/dev/".utf8)
            guard isDevice || parts[1] == "/", seen.insert(parts[0]).inserted else { continue }
            if let disk = disk(path: unescaped(parts[1]), type: String(parts[2])) {
                result.append(disk)
            }
        }
        return result
    }

    private static func disk(path: String, type: String) -> JSONValue? {
        var usage = statvfs()
        guard statvfs(path, &usage) == 0 else { return nil }
        let block = UInt64(usage.f_frsize)
        let total = UInt64(usage.f_blocks) &* block
        let free = UInt64(usage.f_bavail) &* block
        // What only root may still use is neither free nor used.
        let used = (UInt64(usage.f_blocks) &- UInt64(usage.f_bfree)) &* block
        let files = UInt64(usage.f_files)
        let freeFiles = UInt64(usage.f_ffree)
        return [
            "path": .string(path), "fstype": .string(type), "total": number(total),
            "free": number(free), "used": number(used),
            "usedPercent": percent(used, of: used &+ free), "inodesTotal": number(files),
            "inodesUsed": number(files &- freeFiles), "inodesFree": number(freeFiles),
            "inodesUsedPercent": percent(files &- freeFiles, of: files),
        ]
    }

    private static func number(_ value: UInt64) -> JSONValue {
        .number(JSONNumber(Int(clamping: value)))
    }

    private static func percent(_ part: UInt64, of whole: UInt64) -> JSONValue {
        let share = whole == 0 ? 0 : Double(part) / Double(whole) * 100
        return JSONNumber(share).map { .number($0) } ?? 0
    }

    /// Blanks in a path are written as octal digits there.
    private static func unescaped(_ path: Substring) -> String {
        String(path).replacing("\\040", with: " ").replacing("\\011", with: "\t")
            .replacing("\\012", with: "\n").replacing("\\134", with: "\\")
    }
}
