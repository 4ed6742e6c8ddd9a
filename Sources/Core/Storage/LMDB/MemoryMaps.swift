// Where in the process's memory something lies.

import Glibc

enum MemoryMaps {
    /// The mapping that an address lies in, by `/proc/self/maps`: lines that begin with the first
    /// address and the one behind the last, in hexadecimal.
    static func region(holding address: UnsafeRawPointer) -> UnsafeMutableRawBufferPointer? {
        let wanted = UInt(bitPattern: address)
        for line in lines("/proc/self/maps") {
            let bounds = line.prefix { $0 != UInt8(ascii: " ") }.split(separator: UInt8(ascii: "-"))
            guard bounds.count == 2, let first = number(bounds[0]), let end = number(bounds[1]),
                first < end, (first..<end).contains(wanted)
            else { continue }
            return UnsafeMutableRawBufferPointer(
                start: UnsafeMutableRawPointer(bitPattern: first), count: Int(end - first))
        }
        return nil
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt? {
        UInt(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    private static func lines(_ path: String) -> [ArraySlice<UInt8>] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var text: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            let count = read(file, &part, part.count)
            guard count > 0 else { break }
            text += part[..<count]
        }
        return text.split(separator: UInt8(ascii: "\n"))
    }
}
