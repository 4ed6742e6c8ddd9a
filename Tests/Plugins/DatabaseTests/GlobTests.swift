// Which roles may use a connection.

import Testing

@testable import Database

@Suite struct GlobTests {
    @Test(
        "a star stands for anything, and nothing else is special",
        arguments: [
            ("app", "app", true), ("app", "*", true), ("app-1", "app-*", true),
            ("my-app", "*-app", true), ("a-b-c", "a-*-c", true), ("ac", "a*c", true),
            ("aXbXc", "a*b*c", true), ("app", "ap", false), ("app", "App", false),
            ("app", "app-*", false), ("a", "a*a", false), ("app", "a?p", false), ("", "*", true),
            ("abab", "ab*abab", false),
        ])
    func glob(text: String, pattern: String, isMatch: Bool) {
        #expect(Glob.matches(text, pattern: pattern) == isMatch)
    }
}
