// Versions of plugins: their one spelling and their order.

import Testing

@testable import Kernel

struct PluginVersionTests {
    @Test(
        "a version is shown with its v and all three numbers",
        arguments: [
            ("v1.2.3", "v1.2.3"), ("1.2.3", "v1.2.3"), ("1", "v1.0.0"), ("v0.9", "v0.9.0"),
            ("1.2.3-rc.1+linux", "v1.2.3-rc.1+linux"), ("01.2.3", "v1.2.3"),
        ])
    func spelling(given: String, shown: String) throws {
        #expect(try PluginVersion(given).text == shown)
    }

    @Test(
        "what is no semantic version is refused",
        arguments: [
            "latest", "v", "1.", ".1", "1.2.3.4", "1.2.x", "-1", "1.2.3-", "1.2.3+", "1.2.3-a..b",
            "1.2.3-a b", "1.2.3/../x", "18446744073709551616", "vv1", "1.2.3\u{0}", "１.2.3",
            String(repeating: "1", count: 200),
        ])
    func refusal(given: String) {
        #expect(throws: BackendFailure.self) { try PluginVersion(given) }
    }

    @Test("no version is older than any, and a release is newer than what came before it")
    func order() throws {
        let ordered = [
            "", "0.0.1", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2",
            "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.0+build", "1.2.0", "1.10.0", "2.0.0",
        ].map { PluginVersion(parsing: $0) ?? .none }
        for (index, version) in ordered.enumerated() {
            for later in ordered[(index + 1)...] {
                #expect(version < later)
                #expect(!(later < version))
            }
        }
    }

    @Test("what a plugin says fits its entry if it is the same release, in whatever spelling")
    func fit() {
        let program = PluginProgram(
            kind: .secret, name: "a", version: "v1.2.0", command: "a", digest: [])
        #expect(program.fits(saidVersion: "1.2.0"))
        #expect(program.fits(saidVersion: "v1.2+linux"))
        #expect(program.fits(saidVersion: "dev"))
        #expect(!program.fits(saidVersion: "1.2.1"))
        #expect(!program.fits(saidVersion: "1.2.0-rc1"))
    }
}
