import NIOCore
import Testing

@testable import HTTPAPI

@Suite struct RequestPathTests {
    @Test(
        "a path is what follows /v1/, percent-decoded once",
        arguments: [
            ("/v1/secret/data/app", "secret/data/app"),
            ("/v1/secret/data/", "secret/data/"),
            ("/v1/secret/a%20b", "secret/a b"),
            ("/v1/secret/a+b", "secret/a+b"),
            ("/v1/secret/%252e%252e", "secret/%2e%2e"),
            ("/v1/secret%2Fdata", "secret/data"),
            ("/v1/secret/caf%C3%A9", "secret/café"),
            ("/v1/secret/..a/b../...", "secret/..a/b../..."),
        ])
    func accepted(target: String, path: String) throws {
        let text = try RequestPath(target: target[...]).text
        #expect(Array(text.utf8) == Array(path.utf8))
    }

    @Test(
        "a path with more than one reading is refused",
        arguments: [
            "/v1//sys", "/v1/%2Fsys", "/v1//", "/v1/./a", "/v1/a/../b", "/v1/a/..", "/v1/..",
            "/v1/a/%2e%2e/b", "/v1/a/.%2E", "/v1/a//../b", "/v1/a%2f..%2fb", "/v1/a%00b",
            "/v1/a%0ab", "/v1/a%7Fb", "/v1/a%c2%85b", "/v1/a%ff", "/v1/a%c0%af", "/v1/a%",
            "/v1/a%4", "/v1/a%zz", "/v1/a%ed%a0%80", "/v1/e%CC%81", "/v1/%E2%84%AB",
            "/v1/a\u{FFFD}", "/v1/a%E2%80%AEb", "/v1/a%E2%80%8B",
        ])
    func refused(target: String) {
        #expect { try RequestPath(target: target[...]) } throws: { error in
            (error as? Refusal)?.status == 400
        }
    }

    @Test(
        "slashes in a row are seen, however they are spelt, for the kernel to decide",
        arguments: [
            ("/v1/a//b", true), ("/v1/a%2F%2fb", true), ("/v1/a/%2Fb", true), ("/v1/a%2F/b", true),
            ("/v1/a//", true), ("/v1/a///b", true), ("/v1/a/b/", false), ("/v1/a%2Fb", false),
            ("/v1/a%252F%252Fb", false),
        ])
    func emptySegments(target: String, expected: Bool) throws {
        #expect(try RequestPath(target: target[...]).hasEmptySegments == expected)
    }

    @Test("a namespace has no slashes in a row", arguments: ["a//b", "a///b", "a/b/", "/a"])
    func namespace(name: String) {
        #expect(throws: Refusal.self) { try RequestPath.checkNamespace(name) }
    }

    @Test(
        "outside /v1/ there is nothing",
        arguments: [
            "/", "/v1", "/v1/", "/v2/sys/health", "/V1/sys/health", "v1/sys", "/ui", "/ui/", "*",
        ])
    func outside(target: String) {
        #expect { try RequestPath(target: target[...]) } throws: { error in
            (error as? Refusal)?.status == 404
        }
    }

    @Test("the two spellings of é are not the same path: the decomposed one is refused")
    func normalForm() throws {
        _ = try RequestPath(target: "/v1/caf\u{E9}")
        #expect(throws: Refusal.badRequest("path is not in Unicode normal form C")) {
            try RequestPath(target: "/v1/cafe\u{301}")
        }
    }
}
