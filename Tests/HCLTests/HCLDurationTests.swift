// Durations as people write them for Vault.

import HCL
import Testing

@Suite("Durations")
struct HCLDurationTests {
    @Test(
        "seconds, Go's form and whole days are read",
        arguments: [
            ("0", Duration.zero), ("3600", .seconds(3600)), ("90s", .seconds(90)),
            ("768h", .seconds(768 * 3600)), ("1h30m", .seconds(5400)), ("1.5h", .seconds(5400)),
            ("250ms", .milliseconds(250)), ("30d", .seconds(30 * 86_400)),
            ("1m0.5s", .milliseconds(60_500)),
            ("10us", .microseconds(10)), ("10µs", .microseconds(10)), (".5s", .milliseconds(500)),
        ])
    func readable(_ text: String, _ expected: Duration) {
        #expect(Duration(hclText: text) == expected)
    }

    @Test(
        "everything else is refused",
        arguments: [
            "", " ", "h", "1x", "-1s", "-5", "1h 30m", "1d12h", "12h1d", "9223372036854775807",
            ".s", "1..5s",
            "9999999999999999h", "1e3", "٣s", "292471209h24m", "1h1", "0h1d",
        ])
    func unreadable(_ text: String) {
        #expect(Duration(hclText: text) == nil)
    }
}
