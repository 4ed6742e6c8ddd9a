// What a refusal says helps whoever reads it: what was wrong, and what would be right.

import JSON
import Kernel
import KernelTesting
import Paths
import Testing

@Suite struct RefusalTextTests {
    @Test(
        "a value that is refused is named together with those that are not",
        arguments: [
            ("sys/quotas/rate-limit/a", ["rate": 0], ["'rate' is invalid", "100"]),
            ("sys/quotas/rate-limit/a", ["rate": [1]], ["'rate' is invalid", "100"]),
            (
                "sys/quotas/rate-limit/a", ["rate": 1, "interval": "100000h"],
                ["'interval'", "31536000 seconds"]
            ),
            ("sys/quotas/lease-count/a", ["max_leases": 0], ["'max_leases'", "above 0"]),
            ("sys/mounts/a/tune", ["listing_visibility": "no"], ["\"hidden\"", "\"unauth\""]),
            ("sys/auth/d/tune", ["token_type": "no"], ["'token_type'", "\"default-batch\""]),
            ("sys/loggers", ["level": "loud"], ["invalid level \"loud\"", "\"debug\""]),
            ("sys/loggers", [:], ["level is required", "\"debug\""]),
            ("sys/tools/hash/md5", ["input": "YQ=="], ["\"md5\"", "\"sha2-256\""]),
            (
                "sys/mounts/\(String(repeating: "m", count: 600))", ["type": "echo"],
                ["mount path", "512 bytes"]
            ),
        ] as [(String, JSONValue, [String])])
    func names(path: String, body: JSONValue, parts: [String]) async throws {
        let server = try await TestCore([
            .echo, FakeEngineType("d", kind: .auth) { _, _ in .success(BackendAnswer()) },
        ])
        _ = await server.call(.update, "sys/mounts/a", ["type": "echo"])
        _ = await server.call(.update, "sys/auth/d", ["type": "d"])
        let answer = await server.call(.update, path, body)
        #expect(answer.status == 400)
        let text = answer.errors.joined(separator: " ")
        for part in parts { #expect(text.contains(part), Comment(rawValue: text)) }
    }

    @Test("what a request says and nobody reads is named in the answer, shortened")
    func unrecognized() async throws {
        let server = try await TestCore()
        let text = "Endpoint ignored these unrecognized parameters: "
        let made = await server.call(
            .update, "auth/token/create", ["policies": ["default"], "tll": "1h", "numuses": 1])
        #expect(made.status == 200)
        #expect(made.warnings == [text + "[numuses tll]"])
        let long = String(repeating: "x", count: 10_000)
        let answer = await server.call(
            .update, "sys/capabilities-self",
            [
                "paths": ["a"], long: 1, "\u{1B}[2J": 2,
            ])
        #expect(
            answer.warnings == [
                text + "[\\u{1b}[2J " + String(repeating: "x", count: 64) + "]"
            ])
        // Values of one's own are what these are for.
        let wrapped = await server.call(.update, "sys/wrapping/wrap", ["a": 1], wrapTTL: 3600)
        #expect(wrapped.warnings.isEmpty)
        let inner = await server.call(
            .update, "sys/wrapping/unwrap",
            ["token": .string(try wrapped.requireWrappingToken())])
        #expect(inner.warnings.isEmpty)
        #expect(inner.data == ["a": 1])
        let many = JSONObject((0..<50).map { ("n\($0)", .int($0)) } + [("paths", ["a"])])
        let shown = await server.call(.update, "sys/capabilities-self", .object(many)).warnings
        #expect(shown.first?.split(separator: " ").count == 5 + 10)
    }
}
