// The machine's name, age and system.

internal import Clock
internal import Glibc
internal import JSON

enum HostSystem {
    static var info: JSONValue {
        var system = utsname()
        uname(&system)
        let release = osRelease()
        let uptime =
            ProcFile.text("/proc/uptime")?.split(separator: " ").first
            .flatMap { Double($0) }.map { Int($0) } ?? 0
        let bootID = ProcFile.lines("/proc/sys/kernel/random/boot_id").first.map(String.init)
        return [
            "hostname": .string(text(of: system.nodename)),
            "uptime": .number(JSONNumber(uptime)),
            "bootTime": .number(JSONNumber(Int(Timestamp.now.seconds) - uptime)),
            "procs": .number(JSONNumber(processes())),
            "os": "linux", "platform": .string(release["ID"] ?? ""),
            "platformFamily": .string(release["ID_LIKE"] ?? release["ID"] ?? ""),
            "platformVersion": .string(release["VERSION_ID"] ?? ""),
            "kernelVersion": .string(text(of: system.release)),
            "kernelArch": .string(text(of: system.machine)),
            "virtualizationSystem": "", "virtualizationRole": "",
            "hostid": .string(bootID ?? ""),
        ]
    }

    private static func text<Characters>(of characters: Characters) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private static func osRelease() -> [String: String] {
        var result: [String: String] = [:]
        for line in ProcFile.lines("/etc/os-release") {
            let parts = line.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { continue }
            result[String(parts[0])] = String(parts[1].replacing("\"", with: ""))
        }
        return result
    }

    private static func processes() -> Int {
        guard let folder = opendir("/proc") else { return 0 }
        defer { closedir(folder) }
        var count = 0
        while let entry = readdir(folder) {
            // Processes are the folders that are numbers.
            if (0x30...0x39).contains(UInt8(bitPattern: entry.pointee.d_name.0)) { count += 1 }
        }
        return count
    }
}
