// Who a rate limit counts: an address, or for IPv6 the network that one site has to itself.

internal import Glibc

struct ClientAddress: Sendable, Hashable {
    private let bits: UInt64
    private let isIPv6: Bool

    /// - Parameter text: as the listener gives it; empty for Unix sockets, which count as one
    ///   client.
    init(_ text: String) {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            (bits, isIPv6) = (UInt64(four.s_addr), false)
            return
        }
        var six = in6_addr()
        // An address with its interface, "fe80::1%eth0", is the address.
        let plain = text.prefix { $0 != "%" }
        guard inet_pton(AF_INET6, String(plain), &six) == 1 else {
            (bits, isIPv6) = (0, true)
            return
        }
        let bytes = withUnsafeBytes(of: six) { Array($0) }
        if bytes.prefix(12).elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]) {
            // The same client over either kind of socket. Both are kept in network order.
            let address = bytes[12...].enumerated().reduce(UInt64(0)) {
                $0 | UInt64($1.element) << UInt64(8 * $1.offset)
            }
            (bits, isIPv6) = (address, false)
        } else {
            // A customer gets a /64 at least: single addresses would give an attacker 2⁶⁴ buckets.
            (bits, isIPv6) = (bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }, true)
        }
    }
}
