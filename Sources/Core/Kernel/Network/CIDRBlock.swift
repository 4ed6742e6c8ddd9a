// A range of IP addresses: `10.0.0.0/8`, `2001:db8::/32`, or one address.

internal import Paths

struct CIDRBlock: Sendable, Equatable {
    /// As it was written, without the length where that is the whole address.
    let text: String
    private let address: IPAddress
    private let prefixBits: Int

    init?(_ text: String) {
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
    func contains(_ candidate: IPAddress) -> Bool {
        guard candidate.isIPv4 == address.isIPv4 else { return false }
        let shift = address.bitCount - prefixBits
        return shift == 128 || candidate.bits >> shift == address.bits >> shift
    }

    static func == (left: CIDRBlock, right: CIDRBlock) -> Bool {
        left.address == right.address && left.prefixBits == right.prefixBits
    }
}

extension [CIDRBlock] {
    /// Reads a field's list; the failure names the field.
    init(parsing texts: [String], field: String) throws(BackendFailure) {
        guard texts.count <= KernelLimits.boundCIDRsPerToken else {
            throw BackendFailure(.invalidRequest, "too many values in \(field)")
        }
        self = []
        for text in texts where !text.isEmpty {
            guard let block = CIDRBlock(text) else {
                throw BackendFailure(
                    .invalidRequest,
                    "error parsing \(field): a value is neither an IP address nor a CIDR block")
            }
            append(block)
        }
    }

    /// Whether a request from this address passes. No blocks let everybody pass; an address that
    /// is none, as on a Unix socket, passes no block.
    func admit(_ remoteAddress: String) -> Bool {
        if isEmpty { return true }
        guard let address = IPAddress(remoteAddress) else { return false }
        return contains { $0.contains(address) }
    }
}
