// Times and formats in templates, as Go has them, and templates that can never work.

import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing

@testable import Database

@Suite struct TemplateFormatTests {
    /// 2023-11-04T03:07:09.0451Z, a Saturday.
    private static let now = Timestamp(nanoseconds: 1_699_067_229_045_100_000)

    private static func name(_ template: String, now: Timestamp = Self.now) throws -> String {
        try UsernameTemplate(parsing: template).username(
            displayName: "ärzte", roleName: "App", now: now)
    }

    @Test(
        "a layout stands for a time as it does in Go",
        arguments: [
            ("Jan 2 2006", "Nov 4 2023"), ("January 02, 06", "November 04, 23"),
            ("Mon Monday", "Sat Saturday"), ("1/_2", "11/ 4"), ("002 __2", "308 308"),
            ("15:04:05", "03:07:09"), ("3:4:5 PM", "3:7:9 AM"), ("03pm", "03am"),
            ("5.000", "9.045"), ("05.000000", "09.045100"), ("5.999999999", "9.0451"),
            ("5,00", "9,04"), (".0", ".0"), ("5.9", "9"), ("5.0001", "9.0011"),
            ("MST Z0700 Z07:00 Z07", "UTC Z Z Z"), ("-0700 -07:00 -07", "+0000 +00:00 +00"),
            ("-07:00:00 -070000", "+00:00:00 +000000"),
            ("2006-01-02T15:04:05Z07:00", "2023-11-04T03:07:09Z"),
            ("2006_01_02T15_04_05Z", "2023_11_04T03_07_09Z"),
            ("Janus Month Mond", "Janus Month Mond"), ("zażółć 2006", "zażółć 2023"), ("", ""),
        ])
    func layout(layout: String, text: String) throws {
        #expect(try Self.name("x{{ timestamp \"\(layout)\" }}") == "x" + text)
    }

    @Test("midnight, noon and the days at a year's ends have their Go forms")
    func edges() throws {
        let template = "{{ timestamp `3PM 03 15 002 Mon` }}"
        for (time, text) in [
            ("2024-12-31T00:00:00Z", "12AM 12 00 366 Tue"),
            ("2024-01-01T12:00:00Z", "12PM 12 12 001 Mon"),
            ("1969-12-31T23:59:59Z", "11PM 11 23 365 Wed"),
        ] {
            #expect(try Self.name(template, now: #require(Timestamp(rfc3339: time))) == text)
        }
    }

    @Test(
        "printf has Go's widths, precisions and flags",
        arguments: [
            ("%.3s-%05d", "`abcdef` 42", "abc-00042"), ("%6s|%-6s|", "`ab` `ab`", "    ab|ab    |"),
            ("%06s", "`ab`", "0000ab"), ("%-06d|", "7", "7     |"), ("%6d", "-42", "   -42"),
            ("%06d", "-42", "-00042"), ("%.4d", "7", "0007"), ("%06.3d", "7", "   007"),
            ("%.0d|", "0", "|"), ("%x %X", "255 -255", "ff -FF"), ("%x", "`App`", "417070"),
            ("%X", "`\u{e4}`", "C3A4"), ("%.1x", "`App`", "41"), ("%4x", "15", "   f"),
            ("%q", "`a\"b`", "\"a\\\"b\""), ("%8q", "`ä`", "     \"ä\""), ("%.1q", "`äb`", "\"ä\""),
            ("%.2s", ".DisplayName", "är"), ("%7s", ".DisplayName", "  ärzte"),
            ("%v-%v", "7 `x`", "7-x"), ("%.2v", "`xyz`", "xy"), ("%d%%", "7", "7%"),
            ("%d", "(unix_time)", "1699067229"), ("%s", "(unix_time)", "1699067229"),
        ])
    func printf(format: String, values: String, text: String) throws {
        #expect(try Self.name("x{{ printf \"\(format)\" \(values) }}") == "x" + text)
    }

    @Test(
        "what cannot be printed is refused, and nothing grows without limit",
        arguments: [
            "{{ printf `%d` .RoleName }}", "{{ printf `%05d` (random 5) }}", "{{ printf `%` }}",
            "{{ printf `%5` 1 }}", "{{ printf `%+d` 1 }}", "{{ printf `%*d` 1 2 }}",
            "{{ printf `%[1]s` 1 }}", "{{ printf `%t` 1 }}", "{{ printf `%513s` .RoleName }}",
            "{{ printf `%.99999999999999999999s` .RoleName }}",
            "{{ `a` \(String(repeating: "| printf `%512s%512s` `a` ", count: 150)) }}",
            "{{ `aaaa` \(String(repeating: "| replace `a` `aaaaaaaaaa` ", count: 60)) }}",
            "{{ `aaaa` \(String(repeating: "| base64 ", count: 400)) }}",
            "{{ `aaaa` \(String(repeating: "| printf `%x` ", count: 100)) }}",
        ])
    func refused(template: String) {
        #expect(throws: TemplateError.self) { try Self.name(template) }
    }

    @Test(
        "a template that can never give a name is refused when it is written, and says why",
        arguments: [
            ("{{ printf `%d` .RoleName }}", "%d takes a number"),
            ("{{ printf `%s` }}", "fewer values"), ("{{ random 600 }}", "between 1 and 512"),
            ("{{ random 64 }}", "a name of 64 bytes; it must have 1 to 63"),
            ("{{ `` }}", "a name of 0 bytes"), ("{{ timestamp 5 6 }}", "timestamp takes 1"),
        ])
    func written(template: String, words: String) throws {
        let mount = try FakeMount()
        do {
            try mount.connect(["username_template": .string(template)])
            Issue.record("it was taken")
        } catch let error as PluginError {
            #expect(error.code == .invalidRequest)
            #expect(error.message.hasPrefix("invalid username template: "))
            #expect(error.message.contains(words), "\(error.message)")
        }
        let kept = try mount.harness.call(.read, "config/db").json
        #expect(kept["connection_details"]?["username_template"] == nil)
    }

    @Test("a template that is taken makes users")
    func used() throws {
        let mount = try FakeMount([
            "username_template": "{{ printf `%.3s-%05d-` .RoleName 42 }}{{ timestamp `Jan-02` }}"
        ])
        try mount.role("reader")
        let made = try mount.harness.call(.read, "creds/reader").json
        #expect(made["username"] == "rea-00042-Nov-14")
    }
}
