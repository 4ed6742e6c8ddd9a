// Addresses of the Internet as bytes, and networks as an address and a mask.

import Glibc

enum IPAddress {
    /// Nil for what is no address.
    static func bytes(_ text: String) -> [UInt8]? {
        var address = in_addr()
        if inet_pton(AF_INET, text, &address) == 1 {
            return withUnsafeBytes(of: &address) { Array($0) }
        }
        var long = in6_addr()
        guard inet_pton(AF_INET6, text, &long) == 1 else { return nil }
        return shortest(withUnsafeBytes(of: &long) { Array($0) })
    }

    /// An address of four bytes in the clothes of one of sixteen is the same address.
    private static func shortest(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count == 16 else { return bytes }
        let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 255 && bytes[11] == 255
        return isMapped ? Array(bytes[12...]) : bytes
    }

    static func text(_ bytes: [UInt8]) -> String {
        guard bytes.count == 4 || bytes.count == 16 else { return "?" }
        var text = [CChar](repeating: 0, count: 64)
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "?" }
        return String(
            decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// `10.0.0.0/8` as the address and the mask after it.
    static func network(_ text: String) -> [UInt8]? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = bytes(String(parts[0])), let bits = Int(parts[1]),
            (0...address.count * 8).contains(bits)
        else { return nil }
        let mask = address.indices.map { index -> UInt8 in
            let left = min(max(bits - index * 8, 0), 8)
            return UInt8(truncatingIfNeeded: 0xFF00 >> left)
        }
        return zip(address, mask).map { $0 & $1 } + mask
    }

    /// Whether the address, in whatever clothes, is in the network.
    static func isWithin(_ network: [UInt8], _ address: [UInt8]) -> Bool {
        let address = shortest(address)
        guard network.count == 2 * address.count else { return false }
        let (base, mask) = (network[..<address.count], network[address.count...])
        return zip(zip(address, mask).map { $0 & $1 }, base).allSatisfy { $0 == $1 }
    }
}
