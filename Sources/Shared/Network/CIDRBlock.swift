// A range of IP addresses: `10.0.0.0/8`, `2001:db8::/32`, or one address.

public struct CIDRBlock: Sendable, Equatable {
    /// As it was written, without the length where that is the whole address.
    public let text: String
    private let address: IPAddress
    private let prefixBits: Int

    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2,
            !first.contains(UInt8(ascii: "%")),
            let address = IPAddress(String(decoding: first, as: UTF8.self))
        else { return nil }
        var prefixBits = address.bitCount
        if parts.count == 2 {
            guard let length = Self.length(parts[1]) else { return nil }
            // `::ffff:10.0.0.0/104` is `10.0.0.0/8` in IPv6 form.
            let isMapped = address.isIPv4 && first.contains(UInt8(ascii: ":"))
            prefixBits = isMapped ? length - 96 : length
            guard (0...address.bitCount).contains(prefixBits) else { return nil }
        }
        self.address = address
        self.prefixBits = prefixBits
        self.text =
            prefixBits == address.bitCount ? String(decoding: first, as: UTF8.self) : text
    }

    private static func length(_ digits: Substring.UTF8View) -> Int? {
        guard (1...3).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    /// An IPv6 range holds no IPv4 addresses, however wide it is.
    public func contains(_ candidate: IPAddress) -> Bool {
        guard candidate.isIPv4 == address.isIPv4 else { return false }
        let shift = address.bitCount - prefixBits
        return shift == 128 || candidate.bits >> shift == address.bits >> shift
    }

    /// Whether every address of the other range is in this one.
    public func contains(_ other: CIDRBlock) -> Bool {
        other.prefixBits >= prefixBits && contains(other.address)
    }

    public static func == (left: CIDRBlock, right: CIDRBlock) -> Bool {
        left.address == right.address && left.prefixBits == right.prefixBits
    }
}

extension [CIDRBlock] {
    /// Whether a request from this address passes. No blocks let everybody pass; an address that
    /// is none, as on a Unix socket, passes no block.
    public func admit(_ remoteAddress: String) -> Bool {
        if isEmpty { return true }
        guard let address = IPAddress(remoteAddress) else { return false }
        return contains { $0.contains(address) }
    }

    /// Whether each of `others` lies within one of these. No blocks are no bound.
    public func cover(_ others: [CIDRBlock]) -> Bool {
        isEmpty || others.allSatisfy { other in contains { $0.contains(other) } }
    }
}
