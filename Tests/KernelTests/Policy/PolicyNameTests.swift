// Names that look like other names.

import Testing

@testable import Kernel

@Suite("Policy names")
struct PolicyNameTests {
    @Test(
        "names are lower-cased and otherwise kept",
        arguments: [
            ("Root", "root"), ("app-readonly", "app-readonly"), ("Team A", "team a"),
            ("a/b.c", "a/b.c"),
            ("ÄRZTE", "ärzte"), ("日本", "日本"),
        ])
    func normalised(_ name: String, _ expected: String) throws {
        #expect(try Array(PolicyName(name).text.utf8) == Array(expected.utf8))
    }

    @Test(
        "a name that is not what it looks like is refused",
        arguments: [
            "", " ", " root", "root ", "Root ", "root\n", "\troot", "ro\0ot", "root\u{A0}",
            "\u{2003}root", "ro\u{200B}ot",
            "\u{FEFF}root", "a\u{7F}", "a\u{301}", "e\u{301}t\u{E9}", "\u{1100}\u{1161}",
            "\u{2126}",
            "ro\u{202E}ot", "a//b", "/a", "a/", "..", "a/../root", "a/./b", "\u{E000}",
            String(repeating: "a", count: 257),
        ])
    func refused(_ name: String) {
        #expect(throws: PolicyError.self) { try PolicyName(name) }
    }

    @Test("what looks like root and is not, is not root")
    func notRoot() throws {
        let wide = try PolicyName("\u{FF52}\u{FF4F}\u{FF4F}\u{FF54}")
        #expect(wide != .root)
        #expect(wide.isWritable)
        #expect(try !ACL(policies: [Policy.parse(name: wide, text: "")]).isRoot)
    }

    @Test("root and response-wrapping are fixed, default can be written and not deleted")
    func reserved() throws {
        #expect(try !PolicyName("ROOT").isWritable)
        #expect(!PolicyName.root.isDeletable)
        #expect(!PolicyName.responseWrapping.isWritable)
        #expect(!PolicyName.responseWrapping.isAssignable)
        #expect(try PolicyName("Default").isWritable)
        #expect(!PolicyName.default.isDeletable)
        #expect(PolicyName.root.isAssignable)
        #expect(try PolicyName("app").isDeletable)
    }
}
