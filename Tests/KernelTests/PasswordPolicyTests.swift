import Cryptography
import JSON
import KernelTesting
import Paths
import Testing

@testable import Kernel

@Suite struct PasswordPolicyTests {
    static let usual = """
        length = 20
        rule "charset" { charset = "abcdefghijklmnopqrstuvwxyz" min-chars = 3 }
        rule "charset" { charset = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" min-chars = 2 }
        rule "charset" { charset = "0123456789" min-chars = 1 }
        rule "charset" { charset = "äöü" }
        """

    @Test("a password has the length and every rule's characters") func rules() throws {
        let policy = try PasswordPolicy(parsing: Self.usual)
        var seen: Set<String> = []
        for _ in 0..<200 {
            let password = try #require(policy.generate(attempts: 10_000))
            #expect(password.unicodeScalars.count == 20)
            #expect(password.count(where: { ("a"..."z").contains($0) }) >= 3)
            #expect(password.count(where: { ("A"..."Z").contains($0) }) >= 2)
            #expect(password.contains(where: { ("0"..."9").contains($0) }))
            seen.insert(password)
        }
        #expect(seen.count == 200)
    }

    @Test("JSON says the same as HCL") func json() throws {
        let policy = try PasswordPolicy(
            parsing: #"{"length": 8, "rule": [{"charset": {"charset": "ab", "min-chars": 2}}]}"#)
        #expect(policy.length == 8)
        #expect(policy.rules.first?.minimum == 2)
    }

    @Test("no character is favoured, also where sets overlap") func uniform() throws {
        // 7 does not divide 256: taking a byte modulo 7 would favour the first four by a 37th.
        let policy = try PasswordPolicy(
            length: 100, rules: [("abcde", 0), ("cdefg", 0), ("ccccc", 0)])
        var counts: [Character: Double] = [:]
        for _ in 0..<3_000 {
            for character in try #require(policy.generate(attempts: 1)) {
                counts[character, default: 0] += 1
            }
        }
        #expect(counts.count == 7)
        let expected = 300_000.0 / 7
        let chiSquare = counts.values.reduce(0) {
            $0 + ($1 - expected) * ($1 - expected) / expected
        }
        // Six degrees of freedom: beyond 45 less than once in ten million runs.
        #expect(chiSquare < 45)
    }

    @Test(
        "a policy that is none is refused",
        arguments: [
            "", "length = 20", "length = 3\nrule \"charset\" { charset = \"abc\" }",
            "length = 101\nrule \"charset\" { charset = \"abc\" }",
            "length = \"20\"\nrule \"charset\" { charset = \"abc\" }",
            "length = 20\nrule \"charset\" { charset = \"\" }",
            "length = 20\nrule \"charset\" { charset = \"a\\u0007\" }",
            "length = 20\nrule \"charset\" { charset = \"a\\u200b\" }",
            "length = 20\nrule \"charset\" { charset = \"abc\" min-chars = -1 }",
            "length = 20\nrule \"charset\" { charset = \"abc\" min-chars = 21 }",
            "length = 20\nrule \"charset\" { charset = \"abc\" min_chars = 1 }",
            "length = 20\nrule \"dice\" { charset = \"abc\" }",
            "length = 20\ndepth = 1\nrule \"charset\" { charset = \"abc\" }",
            "length = 20\nrule \"charset\" { charset = \"abc\"",
            "length = 8\nrule \"charset\" { charset = \"ab\" min-chars = 5 }\n"
                + "rule \"charset\" { charset = \"cd\" min-chars = 5 }",
            "length = 60\nrule \"charset\" { charset = \"a\" min-chars = 40 }\n"
                + "rule \"charset\" { charset = \"bcdefghijklmnopq\" }",
        ])
    func refused(_ text: String) async throws {
        let server = try await TestCore()
        let response = await server.call(
            .update, "sys/policies/password/p", ["policy": .string(text)])
        #expect(response.status == 400)
        #expect(await server.call(.read, "sys/policies/password/p").status == 404)
    }

    @Test("more characters than a policy may have are refused") func tooManyCharacters() {
        var letters = String.UnicodeScalarView()
        letters.append(contentsOf: (0x4E00..<0x4E00 + 257).compactMap { Unicode.Scalar($0) })
        #expect(throws: PasswordPolicyError.self) {
            try PasswordPolicy(length: 20, rules: [(String(letters), 0)])
        }
    }

    @Test("a policy is written, read, listed, used and deleted") func life() async throws {
        let server = try await TestCore()
        let root = "sys/policies/password/"
        #expect(await server.call(.list, root).status == 404)
        #expect(
            await server.call(.update, root + "My.policy-1", ["policy": .string(Self.usual)])
                .status == 204)
        #expect(await server.call(.list, root).data?["keys"] == ["My.policy-1"])
        #expect(
            await server.call(.read, root + "My.policy-1").data?["policy"] == .string(Self.usual))
        let password = await server.call(.read, root + "My.policy-1/generate").data?["password"]
        #expect(password?.stringValue?.unicodeScalars.count == 20)
        #expect(await server.call(.delete, root + "My.policy-1").status == 204)
        #expect(await server.call(.read, root + "My.policy-1").status == 404)
        #expect(await server.call(.read, root + "My.policy-1/generate").status == 404)
    }

    @Test("base64 is taken too") func base64() async throws {
        let server = try await TestCore()
        _ = await server.call(
            .update, "sys/policies/password/p",
            ["policy": .string(Base64.encode(Array(Self.usual.utf8)))])
        #expect(
            await server.call(.read, "sys/policies/password/p").data?["policy"]
                == .string(Self.usual))
    }

    @Test(
        "a name that is no plain word is refused", arguments: ["-a", "a.", "a b", "..", "ä", "a*"])
    func names(_ name: String) async throws {
        let server = try await TestCore()
        for operation in [Paths.Operation.read, .update, .delete] {
            let response = await server.call(
                operation, "sys/policies/password/\(name)", ["policy": .string(Self.usual)])
            #expect(response.status == 400)
        }
    }
}
