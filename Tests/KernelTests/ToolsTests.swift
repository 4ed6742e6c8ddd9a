import Cryptography
import JSON
import Kernel
import KernelTesting
import Paths
import Testing

@Suite struct ToolsTests {
    @Test(
        "random bytes come in the number and encoding asked for",
        arguments: [
            ("sys/tools/random", [:], 32), ("sys/tools/random/7", [:], 7),
            ("sys/tools/random/all", ["bytes": "5"], 5), ("sys/tools/random/seal/9", [:], 9),
            ("sys/tools/random", ["bytes": 131_072, "source": "all"], 131_072),
        ] as [(String, JSONValue, Int)])
    func random(_ path: String, _ body: JSONValue, _ count: Int) async throws {
        let server = try await TestCore()
        let base64 = await server.call(.update, path, body).data?["random_bytes"]?.stringValue
        #expect(Base64.decode(base64 ?? "")?.count == count)
        guard case .object(var members) = body else { return }
        members["format"] = "hex"
        let hex = await server.call(.update, path, .object(members)).data?["random_bytes"]
        #expect(Hex.decode(hex?.stringValue ?? "")?.count == count)
        #expect(base64 != hex?.stringValue)
    }

    @Test("a seal without a generator is said, not hidden") func sealSource() async throws {
        let server = try await TestCore()
        let response = await server.call(.update, "sys/tools/random/seal/9")
        #expect(response.warnings.count == 1)
    }

    @Test(
        "what cannot be is refused",
        arguments: [
            ("sys/tools/random/0", [:]), ("sys/tools/random/-1", [:]),
            ("sys/tools/random/131073", [:]), ("sys/tools/random/9223372036854775808", [:]),
            ("sys/tools/random/x", [:]), ("sys/tools/random/moon/3", [:]),
            ("sys/tools/random", ["format": "octal"]), ("sys/tools/random", ["bytes": "many"]),
            ("sys/tools/random", ["source": "moon"]),
            ("sys/tools/hash", ["input": "not base64!"]),
            ("sys/tools/hash/md5", ["input": ""]), ("sys/tools/hash", ["format": "octal"]),
            ("sys/tools/hash", ["algorithm": "sha1"]), ("sys/tools/hash", ["input": [1]]),
        ] as [(String, JSONValue)])
    func refused(_ path: String, _ body: JSONValue) async throws {
        let server = try await TestCore()
        let response = await server.call(.update, path, body)
        #expect(response.status == 400)
        #expect(!response.errors.isEmpty)
    }

    @Test("the path's algorithm counts before the body's") func algorithm() async throws {
        let server = try await TestCore()
        let sum = await server.call(
            .update, "sys/tools/hash/sha2-224", ["input": "YWJj", "algorithm": "sha3-512"]
        ).data?["sum"]
        #expect(sum == "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7")
        let usual = await server.call(
            .update, "sys/tools/hash", ["input": "YWJj", "format": "base64"]
        ).data?["sum"]
        #expect(usual == "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=")
    }
}
