// Points in time as certificates have them: whole seconds, up to the year 9999, which nanoseconds
// in 64 bits do not reach.

internal import COpenSSL
public import Clock
internal import Glibc

public struct CertificateTime: Sendable, Hashable, Comparable {
    public var seconds: Int64

    public init(seconds: Int64) { self.seconds = seconds }

    public init(_ timestamp: Timestamp) { seconds = timestamp.seconds }

    /// 9999-12-31T23:59:59Z: no end that is known (RFC 5280, 4.1.2.5).
    public static let latest = CertificateTime(seconds: 253_402_300_799)

    public static func < (left: CertificateTime, right: CertificateTime) -> Bool {
        left.seconds < right.seconds
    }

    /// Moved, and held between year 0 and the last that can be written.
    public func adding(seconds more: Int64) -> CertificateTime {
        let (sum, overflow) = seconds.addingReportingOverflow(more)
        if overflow { return more < 0 ? CertificateTime(seconds: 0) : Self.latest }
        return min(CertificateTime(seconds: sum), Self.latest)
    }

    /// RFC 3339.
    public init?(rfc3339 text: String) {
        if text.utf8.elementsEqual(Self.latest.rfc3339.utf8) {
            self = Self.latest
            return
        }
        // Beyond what nanoseconds hold there is the calendar that repeats itself: 400 years are
        // 146 097 days.
        var digits = Array(text.utf8)
        guard digits.count >= 20 else { return nil }
        var year = 0
        for digit in digits[..<4] {
            guard (0x30...0x39).contains(digit) else { return nil }
            year = year * 10 + Int(digit - 0x30)
        }
        var cycles: Int64 = 0
        while year > 2200 {
            year -= 400
            cycles += 1
        }
        let start = String(year)
        digits.replaceSubrange(
            0..<4, with: Array((String(repeating: "0", count: 4 - start.count) + start).utf8))
        guard let time = Timestamp(rfc3339: String(decoding: digits, as: UTF8.self)) else {
            return nil
        }
        seconds = time.seconds + cycles * 146_097 * 86_400
        guard self <= Self.latest else { return nil }
    }

    /// `2026-11-21T10:00:00Z`.
    public var rfc3339: String {
        var time = time_t(seconds)
        var parts = tm()
        guard gmtime_r(&time, &parts) != nil else { return "" }
        func padded(_ value: Int32, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
        }
        return "\(padded(parts.tm_year + 1900, 4))-\(padded(parts.tm_mon + 1, 2))-"
            + "\(padded(parts.tm_mday, 2))T\(padded(parts.tm_hour, 2)):\(padded(parts.tm_min, 2)):"
            + "\(padded(parts.tm_sec, 2))Z"
    }

    init(_ time: UnsafePointer<ASN1_TIME>?) throws(CertificateError) {
        var parts = tm()
        guard let time, ASN1_TIME_to_tm(time, &parts) == 1 else {
            throw CertificateError.malformed("time")
        }
        seconds = Int64(timegm(&parts))
    }

    /// UTCTime until 2049, GeneralizedTime from then on. The caller frees it.
    func asn1() throws(CertificateError) -> UnsafeMutablePointer<ASN1_TIME> {
        guard let time = ASN1_TIME_set(nil, time_t(seconds)) else { throw CertificateError.library }
        return time
    }
}
