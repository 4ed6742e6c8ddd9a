import Testing

@testable import KubernetesAuth

@Suite struct GlobTests {
    @Test(
        "a star stands for any text, also for none, and everything else for itself",
        arguments: [
            ("*", "anything", true), ("*", "", true), ("web", "web", true), ("web", "web2", false),
            ("web-*", "web-1", true), ("web-*", "web-", true), ("web-*", "web", false),
            ("*-web", "a-web", true), ("a*b*c", "axxbyyc", true), ("a*b*c", "acb", false),
            ("a*b", "ab", true), ("", "", true), ("", "a", false), ("a?c", "abc", false),
            ("[a]", "a", false), ("*a*", "bab", true), ("web", "WEB", false),
        ])
    func matches(_ pattern: String, _ text: String, _ isMatch: Bool) {
        #expect(Glob.matches(pattern, text) == isMatch)
    }

    @Test("many stars do not make it slow")
    func manyStars() {
        let pattern = String(repeating: "*a", count: 200) + "b"
        #expect(!Glob.matches(pattern, String(repeating: "a", count: 2_000)))
    }
}
