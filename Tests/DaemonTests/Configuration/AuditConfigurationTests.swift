// `audit` blocks.

import Testing

@testable import Daemon

@Suite struct AuditConfigurationTests {
    @Test("declared devices keep their order, options of any plain kind are texts")
    func hcl() throws {
        let parsed = try configuration(
            minimalConfiguration + """
                audit "file" "to-stdout" {
                  description = "never fails"
                  options {
                    file_path = "/dev/stdout"
                    log_raw = true
                  }
                }
                audit "socket" "collector/one" {
                  local = true
                  options = { address = "127.0.0.1:9090", write_timeout = 2 }
                }
                """)
        #expect(
            parsed.auditDevices == [
                AuditDeviceConfiguration(
                    type: "file", path: "to-stdout", description: "never fails",
                    options: ["file_path": "/dev/stdout", "log_raw": "true"]),
                AuditDeviceConfiguration(
                    type: "socket", path: "collector/one", isLocal: true,
                    options: ["address": "127.0.0.1:9090", "write_timeout": "2"]),
            ])
        #expect(parsed.warnings.isEmpty)
    }

    @Test("JSON of the same shape means the same")
    func json() throws {
        let parsed = try configuration(
            """
            {"storage": {"inmem": {}}, "listener": {"tcp": {"tls_disable": true}},
             "audit": [{"file": {"a": {"options": {"file_path": "discard"}}}}]}
            """)
        #expect(parsed.auditDevices.map(\.path) == ["a"])
        #expect(parsed.auditDevices.first?.options == ["file_path": "discard"])
    }

    @Test("a block with more than its two names, or an option that is no text, is an error")
    func wrong() {
        #expect(problems(minimalConfiguration + "audit \"file\" \"x\" \"y\" {}").count == 1)
        let list = "audit \"file\" \"x\" { options { file_path = [\"a\"] } }"
        #expect(problems(minimalConfiguration + list).count == 1)
    }
}
