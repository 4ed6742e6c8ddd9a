// A tar file in gzip's clothes: plain files, stored and not compressed. It needs no library, and
// every tool can open it.

enum TarArchive {
    static func gzipped(_ files: [(name: String, bytes: [UInt8])], folder: String) -> [UInt8] {
        gzip(tar(files, folder: folder))
    }

    // MARK: tar (POSIX ustar)

    private static func tar(
        _ files: [(name: String, bytes: [UInt8])], folder: String
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        for (name, content) in files {
            bytes += header(name: folder + "/" + name, size: content.count)
            bytes += content
            bytes += padding(content.count)
        }
        // Two empty blocks are the end.
        return bytes + [UInt8](repeating: 0, count: 1024)
    }

    private static func padding(_ count: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: (512 - count % 512) % 512)
    }

    private static func header(name: String, size: Int) -> [UInt8] {
        var block: [UInt8] = []
        func field(_ text: String, _ width: Int) {
            let bytes = Array(text.utf8.prefix(width))
            block += bytes + [UInt8](repeating: 0, count: width - bytes.count)
        }
        func octal(_ value: Int, _ width: Int) {
            let digits = String(value, radix: 8)
            field(String(repeating: "0", count: max(0, width - 1 - digits.count)) + digits, width)
        }
        field(name, 100)
        octal(0o600, 8)
        octal(0, 8)
        octal(0, 8)
        octal(size, 12)
        octal(0, 12)
        // The checksum is taken over the header with blanks in its own place.
        let checksumAt = block.count
        block += [UInt8](repeating: 0x20, count: 8)
        field("0", 1)
        field("", 100)
        field("ustar", 6)
        field("00", 2)
        block += [UInt8](repeating: 0, count: 512 - block.count)
        let sum = block.reduce(0) { $0 + Int($1) }
        let digits = String(sum, radix: 8)
        let text = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
        block.replaceSubrange(checksumAt..<checksumAt + 8, with: Array(text.utf8) + [0, 0x20])
        return block
    }

    // MARK: gzip (RFC 1952) with stored blocks (RFC 1951)

    private static func gzip(_ content: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]
        var start = 0
        repeat {
            let count = min(65_535, content.count - start)
            let isLast: UInt8 = start + count == content.count ? 1 : 0
            let low = UInt8(count & 0xFF)
            let high = UInt8(count >> 8)
            bytes += [isLast, low, high, ~low, ~high]
            bytes += content[start..<start + count]
            start += count
        } while start < content.count
        for value in [crc32(content), UInt32(truncatingIfNeeded: content.count)] {
            for shift in stride(from: UInt32(0), to: 32, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: value >> shift))
            }
        }
        return bytes
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in
            value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1
        }
    }

    static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var value: UInt32 = 0xFFFF_FFFF
        for byte in bytes { value = table[Int((value ^ UInt32(byte)) & 0xFF)] ^ (value >> 8) }
        return ~value
    }
}
