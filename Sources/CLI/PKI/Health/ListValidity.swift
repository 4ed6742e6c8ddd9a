// From when to when a revocation list is valid, read out of its DER (RFC 5280, 5.1).

import Certificates
import Cryptography

struct ListValidity: Sendable, Equatable {
    let from: CertificateTime
    let until: CertificateTime

    init?(pem: String) {
        guard let der = PEM.decode(pem)?.first?.der else { return nil }
        var outer = DERReader(der)
        guard var list = try? outer.sequence(), var body = try? list.sequence() else { return nil }
        if body.nextTag == DERTag.integer { _ = try? body.element() }
        // The signature's algorithm, and the issuer's name.
        guard (try? body.sequence()) != nil, (try? body.sequence()) != nil,
            let from = Self.time(&body), let until = Self.time(&body)
        else { return nil }
        self.from = from
        self.until = until
    }

    /// UTCTime is of the years 1950 to 2049.
    private static func time(_ reader: inout DERReader) -> CertificateTime? {
        guard let (tag, content) = try? reader.element(),
            content.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: "Z") })
        else { return nil }
        var digits = String(decoding: content, as: UTF8.self)
        if tag == 0x17 {
            digits = (digits < "50" ? "20" : "19") + digits
        } else if tag != 0x18 {
            return nil
        }
        let text = Array(digits.utf8)
        guard text.count == 15, text[14] == UInt8(ascii: "Z") else { return nil }
        func part(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
        return CertificateTime(
            rfc3339: "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T"
                + "\(part(8..<10)):\(part(10..<12)):\(part(12..<14))Z")
    }

    /// How much of it is over, in percent.
    func percentOver(_ now: CertificateTime) -> Int {
        let (whole, gone) = (until.seconds - from.seconds, now.seconds - from.seconds)
        guard whole > 0 else { return 100 }
        return Int(max(0, Double(gone) / Double(whole) * 100).rounded(.down))
    }
}
