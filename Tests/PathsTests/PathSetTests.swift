// Path sets decide who needs no login and who needs sudo: they take what they say and nothing near
// it.

import Paths
import Testing

@Suite struct PathSetTests {
    @Test(
        "an entry takes its own paths",
        arguments: [
            ("login", "login"), ("login/*", "login/alice"), ("login/*", "login/"),
            ("ca*", "ca/pem"),
            ("ca*", "ca_chain"), ("ca*", "ca"), ("*", ""), ("*", "anything/at/all"),
            ("role/+/login", "role/web/login"), ("+/x", "a/x"), ("a/+", "a/b"), ("+", "a"),
            ("a/+/b/+", "a/1/b/2"), ("a/+/crl*", "a/1/crl/pem"), ("a/+/*", "a/1/"),
            ("a/+/*", "a/1/2/3"),
            ("a/+*", "a/b/c"), ("a+b", "a+b"), ("a*b", "a*b"),
        ])
    func takes(_ entry: String, _ path: String) {
        #expect(PathSet([entry]).contains(path))
        #expect(PathSet(["first", "x/*", "+/y/+", entry]).contains(path))
    }

    @Test(
        "an entry takes nothing else",
        arguments: [
            ("login", "login/"), ("login", "logi"), ("login", "login2"), ("login", "Login"),
            ("login", ""),
            ("login", "/login"), ("login/*", "login"), ("ca*", "c"), ("ca*", "x/ca"),
            ("role/+/login", "role//login"), ("role/+/login", "role/a/b/login"),
            ("role/+/login", "role/a/login/"), ("role/+/login", "role/a"),
            ("role/+/login", "role/a/logins"),
            ("a/+", "a/"), ("a/+", "a"), ("a/+", "a/b/"), ("a/+", "a/b/c"), ("+", ""), ("+", "/"),
            ("a/+/crl*", "a/1/cr"), ("a/+/crl*", "a//crl"), ("a/+/*", "a/1"), ("a/+*", "a/"),
            ("a+b", "axb"), ("a*b", "axb"), ("caf\u{E9}", "cafe\u{301}"), ("+/x", "x"),
        ])
    func leaves(_ entry: String, _ path: String) {
        #expect(!PathSet([entry]).contains(path))
    }

    @Test("an empty set takes nothing")
    func empty() {
        #expect(!PathSet.none.contains(""))
        #expect(!PathSet([]).contains("a"))
    }
}
