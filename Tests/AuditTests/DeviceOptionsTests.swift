// What options mean, and which are refused.

import Testing

@testable import Audit

@Suite struct DeviceOptionsTests {
    private func code(_ type: String, _ options: [String: String]) -> AuditFailure.Code? {
        do throws(AuditFailure) {
            _ = try DeviceOptions(type: type, options: options)
            return nil
        } catch { return error.code }
    }

    @Test("the options that all devices share")
    func shared() throws {
        let plain = try DeviceOptions(type: "file", options: ["file_path": "/x/audit.log"])
        #expect(plain.format == LineFormat() && !plain.skipsTest)
        let options = try DeviceOptions(
            type: "file",
            options: [
                "file_path": "/x/audit.log", "format": "jsonx", "log_raw": "true",
                "hmac_accessor": "false", "elide_list_responses": "1", "prefix": "@cee: ",
                "skip_test": "true",
            ])
        #expect(options.format.syntax == .jsonx && options.format.isRaw)
        #expect(!options.format.hashesAccessors && options.format.elidesLists)
        #expect(options.format.prefix == "@cee: " && options.skipsTest)
    }

    @Test(
        "what is missing, unknown or out of its range is refused",
        arguments: [
            ("file", [:]), ("file", ["file_path": ""]),
            ("file", ["file_path": "/x", "mode": "0999"]),
            ("file", ["file_path": "/x", "log_raw": "perhaps"]),
            ("file", ["file_path": "/x", "log_row": "true"]),
            ("file", ["file_path": "/x", "format": "yaml"]),
            ("file", ["file_path": "/x", "prefix": "forged\n"]),
            ("socket", [:]), ("socket", ["address": "localhost"]),
            ("socket", ["address": "localhost:0"]), ("socket", ["address": "h:70000"]),
            ("socket", ["address": "h:1", "socket_type": "sctp"]),
            ("socket", ["address": "h:1", "write_timeout": "2h"]),
            ("socket", ["address": "h:1", "write_timeout": "-1s"]),
            ("socket", ["address": "relative.sock", "socket_type": "unix"]),
            ("syslog", ["facility": "NONSENSE"]), ("syslog", ["facility": "LOCAL8"]),
            ("syslog", ["tag": "a b"]), ("syslog", ["socket_type": "udp"]),
        ] as [(String, [String: String])])
    func refused(type: String, options: [String: String]) {
        #expect(code(type, options) == .invalidOption)
    }

    @Test("an unknown type is said as Vault says it")
    func unknownType() {
        let failure = #expect(throws: AuditFailure.self) {
            try DeviceOptions(type: "kafka", options: [:])
        }
        #expect(failure?.message == "unknown backend type: \"kafka\"")
    }

    @Test("a mode that would make a program of the log is refused; 0000 keeps what is there")
    func modes() throws {
        #expect(code("file", ["file_path": "/x", "mode": "0755"]) == .invalidOption)
        #expect(code("file", ["file_path": "/x", "mode": "0610"]) == .invalidOption)
        func mode(_ text: String?) throws -> UInt32? {
            var options = ["file_path": "/x"]
            options["mode"] = text
            guard case .file(let target) = try DeviceOptions(type: "file", options: options).target
            else { return 1 }
            return target.mode
        }
        #expect(try mode(nil) == 0o600)
        #expect(try mode("0640") == 0o640)
        #expect(try mode("0000") == nil)
    }

    @Test("places that are no files")
    func places() throws {
        for (path, place) in [
            ("stdout", FileTarget.Place.standardOutput), ("/dev/stdout", .standardOutput),
            ("discard", .discard), ("/x/y", .file("/x/y")),
        ] {
            let target = try DeviceOptions(type: "file", options: ["file_path": path]).target
            guard case .file(let file) = target else {
                Issue.record("not a file")
                continue
            }
            #expect(file.place == place)
        }
    }

    @Test("timeouts are durations, and a device's deadline leaves room for them")
    func timeouts() throws {
        func socket(_ timeout: String) throws -> DeviceTarget {
            try DeviceOptions(
                type: "socket", options: ["address": "h:1", "write_timeout": timeout]
            ).target
        }
        for (text, milliseconds) in [("500ms", 500), ("3s", 3000), ("1m", 60000), ("4", 4000)] {
            guard case .socket(let target) = try socket(text) else { continue }
            #expect(target.timeoutMilliseconds == UInt64(milliseconds))
        }
        guard case .socket(let never) = try socket("0") else { return }
        #expect(never.timeoutMilliseconds == nil)
        #expect(try socket("30s").deadlineMilliseconds > 30_000)
        #expect(try socket("1s").deadlineMilliseconds == AuditLimits.deviceDeadlineMilliseconds)
    }

    @Test("syslog's facilities have their numbers, and messages their frame")
    func syslog() throws {
        for (name, number) in [
            ("auth", 4), ("AUTH", 4), ("LOCAL0", 16), ("local7", 23), ("kern", 0),
        ] {
            #expect(SyslogFacility(name)?.number == number)
        }
        let facility = try #require(SyslogFacility("LOCAL7"))
        let local = SyslogFraming(facility: facility, tag: "coffer", isLocal: true)
        let text = Array("{}".utf8).withUnsafeBytes {
            String(decoding: local.message($0, isDatagram: true), as: UTF8.self)
        }
        #expect(text.hasPrefix("<190>") && text.hasSuffix("]: {}") && text.contains(" coffer["))
    }
}
