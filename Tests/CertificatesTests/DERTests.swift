import Testing

@testable import Certificates

@Suite struct DERTests {
    @Test("what is written is read", arguments: [0, 1, 127, 128, 255, 256, 65_535, 70_000])
    func lengths(count: Int) throws {
        var writer = DERWriter()
        writer.octets([UInt8](repeating: 7, count: count))
        var reader = DERReader(writer.bytes)
        #expect(try reader.content(DERTag.octetString).count == count)
        #expect(reader.isAtEnd)
    }

    @Test(
        "lengths that are not the shortest, or beyond the bytes, are refused",
        arguments: [
            [0x04], [0x04, 0x01], [0x04, 0x80], [0x04, 0x81, 0x01, 0], [0x04, 0x82, 0, 0x80],
            [0x04, 0x84, 0x7F, 0xFF, 0xFF, 0xFF], [0x04, 0x85, 1, 0, 0, 0, 0], [0x1F, 0x81, 0],
        ] as [[UInt8]])
    func malformed(bytes: [UInt8]) {
        var reader = DERReader(bytes)
        #expect(throws: CertificateError.self) { _ = try reader.element() }
    }

    @Test(
        "identifiers have one text",
        arguments: ["1.2.840.113549.1.1.11", "2.5.29.17", "0.9.2342.19200300.100.1.1", "2.999.3"])
    func identifiers(text: String) throws {
        #expect(ObjectIdentifier(text)?.description == text)
    }

    @Test(
        "what is no identifier is none",
        arguments: [
            "", "1", "3.1", "1.40", "1.2.", ".1.2", "1.02", "1.2.-3", "1.2.99999999999999999999",
        ])
    func noIdentifiers(text: String) { #expect(ObjectIdentifier(text) == nil) }

    @Test("a name is read as it was written, whatever letters it has")
    func names() throws {
        var name = DistinguishedName()
        name.append(.country, ["DE"])
        name.append(.organization, ["Bäckerei", "Zwei"])
        name.append(.commonName, ["a*b@c"])
        #expect(
            try DistinguishedName(der: name.der).values(.organization).sorted() == [
                "Bäckerei", "Zwei",
            ])
        #expect(try DistinguishedName(der: name.der).commonName == "a*b@c")
    }

    @Test("key usages are bits without trailing zeros")
    func bits() throws {
        #expect(CertificateExtension.keyUsage([.digitalSignature]).value == [3, 2, 7, 0x80])
        #expect(CertificateExtension.keyUsage([.certSign, .crlSign]).value == [3, 2, 1, 6])
        #expect(CertificateExtension.keyUsage([.decipherOnly]).value == [3, 3, 7, 0, 0x80])
    }

    @Test(
        "times are those of the calendar up to the year 9999",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2049-12-31T23:59:59Z", 2_524_607_999),
            ("2300-03-01T00:00:00Z", 10_418_889_600), ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] as [(String, Int64)])
    func times(text: String, seconds: Int64) {
        #expect(CertificateTime(rfc3339: text)?.seconds == seconds)
        #expect(CertificateTime(seconds: seconds).rfc3339 == text)
    }

    @Test("name constraints hold for names below a domain, networks and hosts of mail")
    func constraints() {
        var constraints = NameConstraints()
        constraints.permitted = [
            .dns("example.com"), .ip([10, 0, 0, 0, 255, 0, 0, 0]), .email("example.com"),
        ]
        constraints.excluded = [.dns("bad.example.com")]
        #expect(constraints.allow(.dns("a.example.com")) && constraints.allow(.dns("EXAMPLE.com")))
        #expect(!constraints.allow(.dns("notexample.com")))
        #expect(!constraints.allow(.dns("x.bad.example.com")))
        #expect(constraints.allow(.ip([10, 1, 2, 3])) && !constraints.allow(.ip([11, 1, 2, 3])))
        #expect(constraints.allow(.email("a@example.com")))
        #expect(!constraints.allow(.email("a@sub.example.com")))
        #expect(constraints.allow(.uri("https://anything.org/")))
    }
}
