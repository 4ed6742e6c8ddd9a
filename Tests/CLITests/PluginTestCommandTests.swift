// `coffer plugin test` on programs that are no plugins. Real plugins are tried end to end.

import JSON
import Testing

@Suite struct PluginTestCommandTests {
    @Test("a program that is no plugin breaks the protocol: exit code 2, and the paragraph")
    func noPlugin() async throws {
        let outcome = await coffer("plugin test /bin/true")
        #expect(outcome.code == 2)
        #expect(outcome.out.contains("✗ every lane is greeted"))
        #expect(outcome.out.contains("Handshake, versions, features"))
        #expect(outcome.out.contains("1 of") && outcome.out.contains("left out"))
    }

    @Test("machines get the same as JSON")
    func json() async throws {
        let outcome = await coffer("plugin test -format=json /bin/true")
        #expect(outcome.code == 2)
        let value = try JSONValue(parsing: Array(outcome.out.utf8))
        #expect(value["failed"] == 1)
        #expect(value["plugin"]?["name"] == .null)
        let first = value["cases"]?.arrayValue?.first
        #expect(first?["passed"] == false)
        #expect(first?["findings"]?.arrayValue?.isEmpty == false)
    }

    @Test(
        "what cannot be started is a mistake of the command line: exit code 1",
        arguments: ["/nonexistent/plugin", "/etc/passwd", "/"])
    func noProgram(_ file: String) async {
        let outcome = await coffer("plugin test \(file)")
        #expect(outcome.code == 1)
        #expect(outcome.err.contains(file) && outcome.out.isEmpty)
    }

    @Test(
        "flags that mean nothing are refused",
        arguments: ["-timeout=10ms", "-only=no-such-case", "-option=novalue", "-env=novalue"])
    func flags(_ flag: String) async {
        #expect(await coffer("plugin test \(flag) /bin/true").code == 1)
    }
}
