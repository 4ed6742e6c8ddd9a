import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing

@Suite("Members of a write that no field is named after")
struct UnrecognizedMembersTests {
    private static let warning = "Endpoint ignored these unrecognized parameters: "

    @Test("a member of a write that the path does not declare is named in a warning")
    func unrecognized() throws {
        let harness = EngineHarness(testEngine())
        let body: JSONValue = ["known": "x", "tll": 1, "Known": 2, "": 3]
        #expect(
            try harness.call(.update, "echo", body).warnings == [Self.warning + "[ Known tll]"])
        // Captures count, and a write that goes to storage warns when it is done.
        let counted = try harness.call(.update, "counter/a", ["name": "b", "by": 2, "of": 1])
        #expect(try counted.json == ["value": 2])
        #expect(counted.warnings == [Self.warning + "[of]"])
        // A read ignores what it wants.
        #expect(try harness.call(.read, "counter/a", ["of": 1]).warnings.isEmpty)
        // What is declared may be written with escapes.
        let escaped = Array(#"{"kn\u006fwn":"x","a\nb":1}"#.utf8)
        #expect(
            try harness.call(.update, "echo", bytes: escaped).warnings
                == [Self.warning + #"[a\u{a}b]"#])
        #expect(try harness.call(.update, "echo", ["known": .null]).warnings.isEmpty)
        #expect(try harness.call(.update, "echo").warnings.isEmpty)
    }

    @Test("a path without fields, or one that says so, takes members of any name")
    func anyMembers() throws {
        let open = Path(
            "open", .update, fields: [.string("known", "Known.")], help: ""
        ) { _ in .answer(.none) }
        let raw = Path("raw", .update, fields: [.string("known", "Known.")], help: "") { _ in
            .answer(.raw("text/plain", []))
        }
        let harness = EngineHarness(Engine(paths: [open.takingAnyMembers(), raw]))
        for path in ["open", "raw"] {
            #expect(try harness.call(.update, path, ["other": 1]).warnings.isEmpty)
        }
        let plain = EngineHarness(testEngine())
        #expect(try plain.call(.update, "none", ["other": 1]).warnings.isEmpty)
    }
}
