// A path as one process means it: relative to its folder, and through the links of /proc that lead
// each process elsewhere.

internal import CProcess
internal import Glibc

struct ProcessLinks {
    /// The process, and the thread that named the path.
    var pid: Int32
    var task: Int32

    private static let mostLinks = 8

    /// The absolute path, with no dots in it. `nil` where that is unknown, or no file of a folder.
    func absolute(_ call: FileCall) -> String? {
        guard !call.path.isEmpty else { return nil }
        var text = call.path
        if text.utf8.first != UInt8(ascii: "/") {
            let link = call.directory == AT_FDCWD ? "cwd" : "fd/\(call.directory)"
            guard let base = Self.read("/proc/\(task)/\(link)"), base.hasPrefix("/") else {
                return nil
            }
            text = base + "/" + text
        }
        for _ in 0..<Self.mostLinks {
            let parts = Self.parts(of: text)
            guard let next = followed(parts) else { return "/" + parts.joined(separator: "/") }
            guard next.hasPrefix("/"), !next.hasPrefix("/memfd:") else { return nil }
            text = next
        }
        return nil
    }

    private static func parts(of text: String) -> [Substring] {
        text.split(separator: "/").reduce(into: []) { parts, part in
            switch part {
            case ".": break
            case "..": _ = parts.popLast()
            default: parts.append(part)
            }
        }
    }

    /// One link further; `nil` if there is none that is the process's own.
    private func followed(_ parts: [Substring]) -> String? {
        guard parts.count >= 2 else { return nil }
        switch (parts[0], parts[1]) {
        case ("proc", "self"): return rest(parts, 2, after: "/proc/\(process)")
        case ("proc", "thread-self"): return rest(parts, 2, after: "/proc/\(process)")
        case ("dev", "fd"): return rest(parts, 2, after: "/proc/\(process)/fd")
        case ("dev", "stdin"): return "/proc/\(process)/fd/0"
        case ("dev", "stdout"): return "/proc/\(process)/fd/1"
        case ("dev", "stderr"): return "/proc/\(process)/fd/2"
        default: break
        }
        guard parts[0] == "proc", parts[1] == "\(process)", parts.count >= 3 else { return nil }
        var at = 2
        if parts[2] == "task", parts.count >= 5 { at = 4 }
        let link = "/" + parts[...at].joined(separator: "/")
        switch parts[at] {
        case "root", "cwd", "exe":
            return Self.read(link).map { rest(parts, at + 1, after: $0) }
        case "fd" where parts.count > at + 1:
            return Self.read(link + "/" + parts[at + 1]).map { rest(parts, at + 2, after: $0) }
        default: return nil
        }
    }

    private func rest(_ parts: [Substring], _ from: Int, after path: String) -> String {
        ([path[...]] + parts.dropFirst(from)).joined(separator: "/")
    }

    /// The process of the thread: the plugin's own, or one that it started.
    private var process: Int32 {
        access("/proc/\(pid)/task/\(task)", F_OK) == 0 ? pid : task
    }

    /// Where a descriptor of our own leads.
    static func target(of descriptor: Int32) -> String? { read("/proc/self/fd/\(descriptor)") }

    private static func read(_ link: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = bytes.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                text.baseAddress.map { readlink(link, $0, text.count) } ?? -1
            }
        }
        guard count > 0 else { return nil }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
