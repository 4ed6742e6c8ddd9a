import HCL
import Testing

@testable import Daemon

@Suite struct UserLockoutConfigurationTests {
    private func parse(_ text: String) throws -> ServerConfiguration {
        try ServerConfiguration.parse(
            [ConfigurationText(name: "a.hcl", text: text)], environment: [:], mode: .development)
    }

    @Test("each type of auth method has its own settings, and the others those of all")
    func blocks() throws {
        let configuration = try parse(
            """
            user_lockout "all" { lockout_duration = "10m" }
            user_lockout "Userpass" {
              lockout_threshold     = "3"
              lockout_counter_reset = "5m"
              disable_lockout       = false
            }
            """)
        #expect(configuration.userLockout["all"]?.duration == .seconds(600))
        #expect(configuration.userLockout["all"]?.threshold == nil)
        #expect(configuration.userLockout["userpass"]?.threshold == 3)
        #expect(configuration.userLockout["userpass"]?.counterReset == .seconds(300))
        #expect(configuration.userLockout["userpass"]?.isDisabled == false)
    }

    @Test(
        "a threshold that would lock everybody out, or a second block, is an error",
        arguments: [
            "user_lockout \"all\" { lockout_threshold = 0 }",
            "user_lockout \"all\" { lockout_duration = \"soon\" }",
            "user_lockout \"all\" {}\nuser_lockout \"all\" {}",
        ])
    func refused(text: String) {
        #expect(throws: ConfigurationError.self) { try parse(text) }
    }
}
