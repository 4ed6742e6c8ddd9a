// `custom_response_headers` of a listener.

import HCL
import Testing

@testable import Daemon

@Suite struct ResponseHeaderConfigurationTests {
    private func parse(_ block: String) throws -> ServerConfiguration {
        let text = """
            listener "tcp" {
              tls_disable = true
              \(block)
            }
            """
        return try ServerConfiguration.parse(
            [ConfigurationText(name: "a.hcl", text: text)], environment: [:], mode: .development)
    }

    private func headers(_ configuration: ServerConfiguration) -> [String: [String]] {
        (configuration.listeners.first?.responseHeaders.byStatus ?? [:]).mapValues { list in
            list.map { "\($0.name): \($0.value)" }
        }
    }

    @Test("headers are read for each status, several values as one") func blocks() throws {
        let configuration = try parse(
            """
            custom_response_headers {
              "default" = {
                "Content-Security-Policy" = ["default-src 'self'", "img-src *"],
                "X-One" = "alone"
              }
              "2xx" = { "X-Two" = ["2"] }
              "404" = { "X-Three" = ["3"] }
            }
            """)
        #expect(
            headers(configuration) == [
                "default": [
                    "Content-Security-Policy: default-src 'self'; img-src *", "X-One: alone",
                ],
                "2xx": ["X-Two: 2"], "404": ["X-Three: 3"],
            ])
        #expect(configuration.warnings.isEmpty)
    }

    @Test("they may be JSON") func json() throws {
        let text = """
            {"listener": {"tcp": {"tls_disable": true,
              "custom_response_headers": {"default": {"X-A": ["1"]}, "5xx": {"X-B": ["2"]}}}}}
            """
        let configuration = try ServerConfiguration.parse(
            [ConfigurationText(name: "a.json", text: text)], environment: [:], mode: .development)
        #expect(headers(configuration) == ["default": ["X-A: 1"], "5xx": ["X-B: 2"]])
    }

    @Test("the server's own headers are left out, with a warning") func ownHeaders() throws {
        let configuration = try parse(
            """
            custom_response_headers {
              "default" = { "X-Vault-Extra" = ["a"], "Cache-Control" = ["public"], "X-A" = ["1"] }
            }
            """)
        #expect(headers(configuration) == ["default": ["X-A: 1"]])
        #expect(configuration.warnings.count == 2)
        #expect(configuration.warnings.first?.description.contains("X-Vault-Extra") == true)
    }

    @Test(
        "what is no status, no header or no text is an error",
        arguments: [
            "custom_response_headers { \"700\" = { \"X-A\" = [\"1\"] } }",
            "custom_response_headers { \"ok\" = { \"X-A\" = [\"1\"] } }",
            "custom_response_headers { \"default\" = { \"X-A\" = [1] } }",
            "custom_response_headers { \"default\" = { \"X-A\" = [] } }",
            "custom_response_headers { \"default\" = { \"X-A\" = [\"a\\nb\"] } }",
            "custom_response_headers { \"default\" = \"X-A\" }",
            "custom_response_headers = \"X-A: 1\"",
        ])
    func refused(block: String) {
        #expect(throws: ConfigurationError.self) { try parse(block) }
    }
}
