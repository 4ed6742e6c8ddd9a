import Clock
import Testing

@Suite struct TimestampTests {
    @Test("the earliest and the latest time can be printed")
    func ends() {
        #expect(Timestamp(nanoseconds: .min).rfc3339 == "1677-09-21T00:12:43.145224192Z")
        #expect(Timestamp(nanoseconds: .max).rfc3339 == "2262-04-11T23:47:16.854775807Z")
        #expect(Timestamp(seconds: .min).rfc3339Seconds == "1677-09-21T00:12:43Z")
    }

    @Test(
        "a time is printed as Go prints it, and read back",
        arguments: [
            (0, "1970-01-01T00:00:00Z"),
            (1_709_209_845_000_000_000, "2024-02-29T12:30:45Z"),
            (1_709_209_845_120_000_000, "2024-02-29T12:30:45.12Z"),
            (1_709_209_845_000_000_001, "2024-02-29T12:30:45.000000001Z"),
            (-1, "1969-12-31T23:59:59.999999999Z"),
            (951_868_800_000_000_000, "2000-03-01T00:00:00Z"),
        ] as [(Int64, String)])
    func roundTrip(nanoseconds: Int64, text: String) {
        #expect(Timestamp(nanoseconds: nanoseconds).rfc3339 == text)
        #expect(Timestamp(rfc3339: text) == Timestamp(nanoseconds: nanoseconds))
    }

    @Test("an offset is taken off") func offset() {
        #expect(
            Timestamp(rfc3339: "2024-02-29T14:30:45+02:00")
                == Timestamp(rfc3339: "2024-02-29T12:30:45Z"))
    }

    @Test(
        "what is not a time is refused",
        arguments: [
            "", "2024", "2024-02-29 12:30:45Z", "2024-13-01T00:00:00Z", "2024-02-29T12:30:45",
            "2024-02-29T12:30:45.Z", "2024-02-29T12:30:45+2:00", "2024-02-29T12:30:45ZZ",
            "x024-02-29T12:30:45Z",
        ])
    func refused(text: String) { #expect(Timestamp(rfc3339: text) == nil) }

    @Test("adding beyond the range stays at its end instead of overflowing") func saturates() {
        #expect(Timestamp.now.adding(seconds: .max).nanoseconds == .max)
        #expect(Timestamp(nanoseconds: -1).adding(seconds: .min).nanoseconds == .min)
    }

    @Test(
        "a date of HTTP is written, and read back",
        arguments: [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (1_709_209_845, "Thu, 29 Feb 2024 12:30:45 GMT"),
        ] as [(Int64, String)])
    func httpDate(seconds: Int64, text: String) {
        #expect(Timestamp(seconds: seconds).httpDate == text)
        #expect(Timestamp(httpDate: text) == Timestamp(seconds: seconds))
    }

    @Test(
        "what is no date of HTTP is none",
        arguments: [
            "", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
            "1994-11-06T08:49:37Z", "Sun,  06 Nov 1994 08:49:37 GMT", ", 06 Nov 1994 08:49:37 GMT",
        ])
    func noHTTPDate(text: String) { #expect(Timestamp(httpDate: text) == nil) }
}
