// Hex, Base64, Base62 and UUID texts: strict, so that one value has one text.

import Cryptography
import Testing

@Suite struct TextTests {
    @Test("hex of every byte comes back, in either case")
    func hex() throws {
        let all = [UInt8](0...255)
        let text = Hex.encode(all)
        #expect(text.hasPrefix("000102") && text.hasSuffix("fdfeff"))
        #expect(Hex.decode(text) == all)
        #expect(Hex.decode(text.uppercased()) == all)
    }

    @Test(
        "what is not hex is refused",
        arguments: [
            "0", "abc", "0g", "g0", "0x", " 0", "0 ", "00\n", "é0", "٠٠", "0\0", "/0", ":0", "@0",
            "`0", "G0",
        ])
    func notHex(_ text: String) { #expect(Hex.decode(text) == nil) }

    @Test("only the 22 hexadecimal digits are digits")
    func hexDigits() {
        let accepted = (UInt8(0)...127).filter {
            Hex.decode(String(decoding: [UInt8(ascii: "0"), $0], as: UTF8.self)) != nil
        }
        #expect(accepted == Array("0123456789ABCDEFabcdef".utf8))
    }

    // RFC 4648, section 10.
    @Test(
        "Base64 gives the published answers",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ])
    func base64(_ plain: String, _ text: String) {
        #expect(Base64.encode(Array(plain.utf8)) == text)
        #expect(Base64.decode(text) == Array(plain.utf8))
        let bare = String(text.prefix { $0 != "=" })
        #expect(Base64.encodeURL(Array(plain.utf8)) == bare)
        #expect(Base64.decodeURL(bare) == Array(plain.utf8))
    }

    @Test("the two alphabets differ in their last two letters only")
    func alphabets() {
        let bytes: [UInt8] = (0..<48).map { UInt8(truncatingIfNeeded: $0 * 89 &+ 251) }
        #expect(Base64.encode([0xfb, 0xff, 0xbf]) == "+/+/")
        #expect(Base64.encodeURL([0xfb, 0xff, 0xbf]) == "-_-_")
        #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        #expect(Base64.decode("-_-_") == nil)
        #expect(Base64.decodeURL("+/+/") == nil)
        let letters = (UInt8(0)...127).filter {
            Base64.decode(String(decoding: [65, 65, 65, $0], as: UTF8.self))?.count == 3
        }
        #expect(letters.count == 64)
    }

    @Test(
        "Base64 that is not canonical is refused",
        arguments: [
            "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "=Zg=", "====", "Z===", "Zm9v=", "Zm 9", "Zm9v\n",
            "Zm9vYg==Zg==", "Zé==", "A",
        ])
    func notBase64(_ text: String) { #expect(Base64.decode(text) == nil) }

    @Test(
        "URL-safe Base64 with padding, stray bits or a lone letter is refused",
        arguments: ["Zg==", "Zh", "Zm9", "A", "Zm9vA", "Zm9v "])
    func notURL(_ text: String) { #expect(Base64.decodeURL(text) == nil) }

    @Test("random Base62 text has the asked length and uses all letters and digits alike")
    func base62() {
        #expect(Base62.random(0).isEmpty)
        #expect(Base62.random(24).utf8.count == 24)
        let text = Base62.random(62_000)
        var counts: [UInt8: Int] = [:]
        for byte in text.utf8 { counts[byte, default: 0] += 1 }
        let alphabet = Set(
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        #expect(Set(counts.keys) == alphabet)
        // 1000 expected, standard deviation 31; ten of them is beyond chance.
        #expect(counts.values.allSatisfy { (690...1310).contains($0) })
    }

    @Test("a UUID's text comes back and marks a random version-4 id")
    func uuid() throws {
        let id = UUID128()
        #expect(id.text.utf8.count == 36)
        #expect(UUID128(id.text) == id)
        #expect(UUID128(bytes: id.bytes) == id)
        #expect(Array(id.text.utf8)[14] == UInt8(ascii: "4"))
        #expect("89ab".contains(Array(id.text)[19]))
        #expect(UUID128() != id)
        let known = UUID128(high: 0x0011_2233_4455_6677, low: 0x8899_aabb_ccdd_eeff)
        #expect(known.text == "00112233-4455-6677-8899-aabbccddeeff")
    }

    @Test(
        "a text that is not exactly a lower-case UUID is refused",
        arguments: [
            "", "00112233-4455-6677-8899-aabbccddeef", "00112233-4455-6677-8899-aabbccddeeff0",
            "00112233-4455-6677-8899-AABBCCDDEEFF", "00112233445566778899aabbccddeeff----",
            "0011223344-55-6677-8899-aabbccddeeff", "g0112233-4455-6677-8899-aabbccddeeff",
            "{0112233-4455-6677-8899-aabbccddeeff", " 00112233-4455-6677-8899-aabbccddeeff",
        ])
    func notUUID(_ text: String) { #expect(UUID128(text) == nil) }
}
