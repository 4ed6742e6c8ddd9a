// Small files of /proc and /sys, read whole.

internal import Glibc

enum ProcFile {
    private static let longestBytes = 1024 * 1024

    /// The file's text, cut at 1 MiB; `nil` if it cannot be read.
    static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16 * 1024)
        while bytes.count < longestBytes {
            let count = part.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            guard count > 0 else { break }
            bytes.append(contentsOf: part.prefix(count))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func lines(_ path: String) -> [Substring] {
        text(path)?.split(separator: "\n") ?? []
    }

    /// `Name: value` lines.
    static func fields(_ path: String) -> [String: String] {
        fields(lines(path))
    }

    static func fields(_ lines: some Sequence<Substring>) -> [String: String] {
        var result: [String: String] = [:]
        for line in lines {
            guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let value = line[line.utf8.index(after: colon)...]
            result[trimmed(line[..<colon])] = trimmed(value)
        }
        return result
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while let first = text.utf8.first, first == 0x20 || first == 0x09 { text.removeFirst() }
        while let last = text.utf8.last, last == 0x20 || last == 0x09 { text.removeLast() }
        return String(text)
    }
}
