import Network
import Testing

@Suite struct CIDRBlockTests {
    @Test(
        "an address is inside its range and no other one",
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false),
            ("10.1.2.3/8", "10.9.9.9", true), ("0.0.0.0/0", "203.0.113.9", true),
            ("192.168.1.1", "192.168.1.1", true), ("192.168.1.1", "192.168.1.2", false),
            ("192.168.1.1/32", "192.168.1.1", true), ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false), ("::1", "::1", true),
            ("::/0", "fe80::1", true),
            ("fe80::/10", "fe80::1%eth0", true),
        ])
    func contains(block: String, address: String, isInside: Bool) throws {
        let block = try #require(CIDRBlock(block))
        let address = try #require(IPAddress(address))
        #expect(block.contains(address) == isInside)
    }

    @Test(
        "an IPv4 address in IPv6 form is the IPv4 address",
        arguments: [
            ("10.0.0.0/8", "::ffff:10.1.2.3", true), ("10.0.0.0/8", "::ffff:0b01:0203", false),
            ("::ffff:10.0.0.0/104", "10.1.2.3", true), ("::ffff:10.0.0.1", "10.0.0.1", true),
            ("::/0", "10.1.2.3", false), ("0.0.0.0/0", "2001:db8::1", false),
        ])
    func mapped(block: String, address: String, isInside: Bool) throws {
        let block = try #require(CIDRBlock(block))
        let address = try #require(IPAddress(address))
        #expect(block.contains(address) == isInside)
    }

    @Test(
        "what is not an address or a range is refused",
        arguments: [
            "", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0/8",
            "10.0.0.0/ 8", "010.0.0.0.0", "::1/129", "::ffff:1.2.3.4/64", "fe80::1%eth0",
            "localhost", "10.0.0.1\u{0}x", "10.0.0.1:80", "10.0.0.0/0x8", "1/1",
        ])
    func refused(text: String) { #expect(CIDRBlock(text) == nil) }

    @Test("a peer without an address passes no range, and every range lets nobody else pass")
    func nobody() throws {
        let blocks = [try #require(CIDRBlock("0.0.0.0/0")), try #require(CIDRBlock("::/0"))]
        #expect(!blocks.admit(""))
        #expect(!blocks.admit("@"))
        #expect(blocks.admit("10.0.0.1"))
        #expect([CIDRBlock]().admit(""))
    }

    @Test("a range is shown as it was written, a single address without its length")
    func shown() {
        #expect(CIDRBlock("10.0.0.0/8")?.text == "10.0.0.0/8")
        #expect(CIDRBlock("10.0.0.1/32")?.text == "10.0.0.1")
        #expect(CIDRBlock("::1/128")?.text == "::1")
    }

    @Test(
        "a range lies within a wider one of the same family and within itself",
        arguments: [
            ("10.0.0.0/8", "10.1.0.0/16", true), ("10.0.0.0/8", "10.0.0.0/8", true),
            ("10.1.0.0/16", "10.0.0.0/8", false), ("10.0.0.0/8", "11.0.0.0/16", false),
            ("0.0.0.0/0", "::/0", false), ("::/0", "2001:db8::/32", true),
            ("10.0.0.0/8", "10.0.0.1", true), ("10.0.0.1", "10.0.0.1/32", true),
        ])
    func within(wide: String, narrow: String, isWithin: Bool) throws {
        let wide = try #require(CIDRBlock(wide))
        #expect(wide.contains(try #require(CIDRBlock(narrow))) == isWithin)
    }

    @Test("ranges cover others if each lies within one of them; no ranges are no bound")
    func cover() throws {
        let own = ["10.0.0.0/8", "192.168.0.0/16"].compactMap { CIDRBlock($0) }
        let inside = ["10.9.0.0/16", "192.168.1.1"].compactMap { CIDRBlock($0) }
        let outside = ["10.9.0.0/16", "172.16.0.0/12"].compactMap { CIDRBlock($0) }
        #expect(own.cover(inside))
        #expect(!own.cover(outside))
        #expect([CIDRBlock]().cover(outside))
        #expect(own.cover([]))
    }
}
