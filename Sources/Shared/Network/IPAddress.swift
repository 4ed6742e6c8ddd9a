// IP addresses as numbers, for logins and tokens that some networks only may use.

import Glibc

/// An IPv4 or IPv6 address. An IPv4 address that came in IPv6 form (`::ffff:10.0.0.1`) is the IPv4
/// address, so that a dual-stack listener sees the same client as any other.
public struct IPAddress: Sendable, Equatable {
    public let bits: UInt128
    public let isIPv4: Bool

    public var bitCount: Int { isIPv4 ? 32 : 128 }

    /// `nil` for what is not an address, such as the empty text of a Unix socket's peer.
    public init?(_ text: String) {
        // A link-local peer carries its interface, which is no part of the address.
        let address = text.utf8.prefix { $0 != UInt8(ascii: "%") }
        guard !address.isEmpty, address.count <= 45, address.allSatisfy(Self.isAddressByte) else {
            return nil
        }
        let plain = String(decoding: address, as: UTF8.self)
        var four = in_addr()
        if inet_pton(AF_INET, plain, &four) == 1 {
            self.init(bits: UInt128(UInt32(bigEndian: four.s_addr)), isIPv4: true)
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, plain, &six) == 1 else { return nil }
        let bits = withUnsafeBytes(of: &six) { $0.reduce(UInt128(0)) { $0 << 8 | UInt128($1) } }
        if bits >> 32 == Self.mappedPrefix {
            self.init(bits: bits & UInt128(UInt32.max), isIPv4: true)
        } else {
            self.init(bits: bits, isIPv4: false)
        }
    }

    private init(bits: UInt128, isIPv4: Bool) {
        self.bits = bits
        self.isIPv4 = isIPv4
    }

    /// The 96 bits that IPv4 addresses in IPv6 form begin with.
    private static let mappedPrefix: UInt128 = 0xFFFF

    /// The C function stops at a zero byte, so what does not belong in an address is refused first.
    private static func isAddressByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66, UInt8(ascii: "."), UInt8(ascii: ":"): true
        default: false
        }
    }
}
