import Cryptography
import JSON
import PluginSDK
import Testing

@testable import KubernetesAuth

@Suite struct UnverifiedTokenTests {
    private func code(_ text: String) -> FailureCode? {
        do throws(PluginError) {
            _ = try UnverifiedToken(text)
            return nil
        } catch { return error.code }
    }

    @Test(
        "what is no signed token is a bad request, and its bytes are in no message",
        arguments: [
            "a", "a.b", "a.b.c", "..", "a..c", "e30.e30.", ".e30.e30", "e30.e30.e30.e30", "=.=.=",
            "bnVsbA.e30.eA", "e30.W10.eA", "e30.e30.eA", "\u{0}.\u{0}.\u{0}", "ä.ö.ü",
        ])
    func malformed(_ text: String) {
        #expect(code(text) == .invalidRequest)
    }

    @Test(
        "nobody signs with nothing, or with a key that others have too",
        arguments: ["none", "None", "HS256", "", "RS1", "PS256"])
    func algorithms(_ name: String) throws {
        #expect(code(try Token.signed(header: ["alg": .string(name)])) == .invalidRequest)
        #expect(code(try Token.signed(header: [:])) == .invalidRequest)
        #expect(code(try Token.signed(header: ["alg": 1])) == .invalidRequest)
    }

    @Test("an endless token is refused before it is read")
    func tooLong() {
        let text = String(repeating: "a", count: Limits.tokenBytes + 1)
        #expect(code(text) == .invalidRequest)
    }

    @Test("audiences are a text or a list of texts, and nothing else")
    func audiences() throws {
        #expect(try UnverifiedToken(Token.signed(["aud": "a"])).audiences == ["a"])
        #expect(try UnverifiedToken(Token.signed(["aud": ["a", "b"]])).audiences == ["a", "b"])
        #expect(try UnverifiedToken(Token.signed(["aud": nil])).audiences == [])
        for wrong: JSONValue in [1, [1], ["a", 1], [:], true] {
            #expect(code(try Token.signed(["aud": wrong])) == .invalidRequest)
        }
    }

    @Test("the end is a time that there can be; a token without one does not end by itself")
    func expiry() throws {
        let now = Timestamp(seconds: 1_700_000_000)
        #expect(!(try UnverifiedToken(Token.signed(["exp": nil])).isExpired(now)))
        #expect(!(try UnverifiedToken(Token.signed(["exp": 1_699_999_990])).isExpired(now)))
        #expect(try UnverifiedToken(Token.signed(["exp": 1_699_999_000])).isExpired(now))
        #expect(try UnverifiedToken(Token.signed(["exp": 0])).isExpired(now))
        for text in ["-1", "1e300", "9223372036854775807", "\"soon\"", "[]"] {
            let value = try JSONValue(parsing: text)
            #expect(code(try Token.signed(["exp": value])) == .invalidRequest, "\(text)")
        }
    }

    @Test(
        "only names that Kubernetes gives are names",
        arguments: [
            "system:serviceaccount:a:b/c", "system:serviceaccount:a:..",
            "system:serviceaccount:A:b",
            "system:serviceaccount:a:b\n", "system:serviceaccount:a:-b", "serviceaccount:a:b",
            "system:serviceaccount:a", "system:serviceaccount::b", "SYSTEM:serviceaccount:a:b",
            "system:serviceaccount:a:*", "system:serviceaccount:a:é",
        ])
    func names(_ user: String) {
        #expect(ServiceAccountName(user: user) == nil)
    }
}
