// Templates of identity tokens: what they give, and that nobody's name or metadata can become more
// than a value.

import Clock
import Cryptography
import JSON
import Testing

@testable import Kernel

@Suite struct OIDCTemplateTests {
    static let now = Timestamp(seconds: 1_561_411_915)

    static let bob = OIDCSubject(
        entityID: "a2cd63d3-5364-406f-980e-8d71bb0692f5", name: "bob",
        metadata: ["color": "green", "a.b": "dotted"],
        aliases: [
            .init(
                mountAccessor: "usermap_123", id: "alias-id", name: "bob@corp",
                metadata: ["username": "bob"], customMetadata: ["team": "web"])
        ],
        groups: [.init(id: "g1", name: "web"), .init(id: "g2", name: "engr")])

    static func claims(
        _ template: String, _ subject: OIDCSubject = bob
    ) throws -> JSONValue {
        let compiled = try OIDCTemplateCompiler.compile(template)
        return .object(JSONObject(compiled.populate(subject, now: now)))
    }

    static func refusal(_ template: String) -> String? {
        do { _ = try OIDCTemplateCompiler.compile(template) } catch { return error.message }
        return nil
    }

    // MARK: Values

    @Test("the example of the documentation gives what the documentation says")
    func example() throws {
        let template = """
            {
              "color": {{identity.entity.metadata.color}},
              "userinfo": {
                 "username": {{identity.entity.aliases.usermap_123.metadata.username}},
                 "groups": {{identity.entity.groups.names}}
              },
              "nbf": {{time.now}}
            }
            """
        #expect(
            try Self.claims(template) == [
                "color": "green", "userinfo": ["username": "bob", "groups": ["web", "engr"]],
                "nbf": 1_561_411_915,
            ])
        #expect(try Self.claims(Base64.encode(Array(template.utf8))) == Self.claims(template))
    }

    static let parameters: [(String, JSONValue)] = [
        ("identity.entity.id", "a2cd63d3-5364-406f-980e-8d71bb0692f5"),
        ("identity.entity.name", "bob"),
        ("identity.entity.metadata", ["color": "green", "a.b": "dotted"]),
        ("identity.entity.metadata.a.b", "dotted"), ("identity.entity.metadata.none", ""),
        ("identity.entity.groups.ids", ["g1", "g2"]),
        ("identity.entity.aliases.usermap_123.id", "alias-id"),
        ("identity.entity.aliases.usermap_123.name", "bob@corp"),
        ("identity.entity.aliases.usermap_123.metadata", ["username": "bob"]),
        ("identity.entity.aliases.usermap_123.custom_metadata", ["team": "web"]),
        ("identity.entity.aliases.usermap_123.custom_metadata.team", "web"),
        ("identity.entity.aliases.other.name", ""), ("identity.entity.aliases.other.metadata", [:]),
        ("identity.entity.aliases.other.metadata.x", ""),
        ("  time.now\t", 1_561_411_915), ("time.now.plus.1h", 1_561_415_515),
        ("time.now.minus.90", 1_561_411_825), ("time.now.plus.1d", 1_561_498_315),
    ]

    @Test("every parameter has its value, and what is not there is empty", arguments: parameters)
    func parameter(_ name: String, _ value: JSONValue) throws {
        #expect(try Self.claims("{\"x\": {{\(name)}}}") == ["x": value])
    }

    @Test("a number may stand inside a text, and constants stay as they were written")
    func constants() throws {
        #expect(
            try Self.claims(
                """
                {"a": "from {{time.now}} to {{time.now.plus.5s}}", "b": [1.50, null, "}}"]}
                """
            ) == [
                "a": "from 1561411915 to 1561411920",
                "b": try JSONValue(parsing: "[1.50, null, \"}}\"]"),
            ])
        #expect(try Self.claims("{\"b\": 1.50}").encodedString() == "{\"b\":1.50}")
    }

    @Test("no template is no claims")
    func none() throws { #expect(try Self.claims("") == [:]) }

    // MARK: Attacks

    static let hostileTexts = [
        "\",\"iss\":\"https://evil\"", "\"}", "{{identity.entity.id}}", "{{time.now}}", "\\",
        "\\\"",
        "\u{0}", "\u{2028}", "]}", "\"", ",", "\",\"", "coffer-", "admin\",\"groups\":[\"admin",
        "\u{FEFF}\u{202E}", "null", "true", "1",
    ]

    @Test("names, metadata and groups are values, whatever they contain", arguments: hostileTexts)
    func injection(_ text: String) throws {
        let subject = OIDCSubject(
            entityID: "id", name: text, metadata: JSONObject([("k", .string(text))]),
            aliases: [
                .init(
                    mountAccessor: "m", id: "i", name: text,
                    metadata: JSONObject([(text, .string(text))]))
            ], groups: [.init(id: "g", name: text)])
        let claims = try Self.claims(
            """
            {"name": {{identity.entity.name}}, "k": {{identity.entity.metadata.k}},
             "g": {{identity.entity.groups.names}}, "a": {{identity.entity.aliases.m.metadata}},
             "l": [{{identity.entity.aliases.m.name}}, {{identity.entity.id}}]}
            """, subject)
        #expect(
            claims == [
                "name": .string(text), "k": .string(text), "g": [.string(text)],
                "a": .object(JSONObject([(text, .string(text))])), "l": [.string(text), "id"],
            ])
        // What is sent is read back as the same value by any parser.
        #expect(try JSONValue(parsing: claims.encoded()) == claims)
    }

    @Test(
        "claims of the server's own cannot be set, however they are spelt",
        arguments: ["iss", "sub", "aud", "exp", "iat", "namespace", "i\\u0073s", "\\u0073ub"])
    func reserved(_ name: String) {
        #expect(
            Self.refusal("{\"\(name)\": \"x\"}")?.contains("not allowed. Restricted keys: iat, aud")
                == true)
    }

    @Test("below the top level their names are free")
    func nestedReserved() throws {
        #expect(try Self.claims("{\"a\": {\"iss\": 1}}") == ["a": ["iss": 1]])
    }

    static let refused = [
        // A parameter as a name, at the top and below it: whoever has a name could choose a claim.
        "{ {{identity.entity.name}}: 1 }", "{\"a\": { {{identity.entity.name}}: 1 }}",
        "{ \"{{time.now}}\": 1 }",
        // Quotes around what is a text, a list or an object already.
        "{\"a\": \"{{identity.entity.name}}\"}", "{\"a\": [\"x{{identity.entity.name}}y\"]}",
        "{\"a\": \"{{identity.entity.groups.names}}\"}",
        // Not one JSON object.
        "[]", "1", "\"x\"", "{{identity.entity.metadata}}", "{\"a\": 1} {\"b\": 2}", "{\"a\": }",
        "{\"a\": 1{{time.now}}}", "{\"a\": {{time.now}}{{time.now}}}", "{\"a\": 1, \"a\": 2}",
        // No such parameter, or no end of it.
        "{\"a\": {{identity.entity}}}", "{\"a\": {{}}}", "{\"a\": {{identity.entity.name}", "{{",
        "{\"a\": {{identity.entity.password}}}", "{\"a\": {{identity.entity.aliases..id}}}",
        "{\"a\": {{identity.entity.aliases.m}}}", "{\"a\": {{identity.entity.metadata.}}}",
        "{\"a\": {{time.now.plus.}}}", "{\"a\": {{time.now.plus.-1h}}}",
        "{\"a\": {{time.now.plus.99999999999999999999h}}}", "{\"a\": {{time.nowish}}}",
    ]

    @Test(
        "a template that is not one JSON object with known parameters is refused when written",
        arguments: refused)
    func malformed(_ template: String) {
        #expect(Self.refusal(template)?.contains("error parsing template") == true)
    }

    @Test("a template is bounded, and deep nesting is refused instead of ending the process")
    func bounds() {
        let long = "{\"a\": \"\(String(repeating: "x", count: 64 * 1024))\"}"
        #expect(Self.refusal(long)?.contains("longer than 64 KiB") == true)
        let deep = String(repeating: "[", count: 30_000) + String(repeating: "]", count: 30_000)
        #expect(Self.refusal("{\"a\": \(deep)}") != nil)
        #expect(Self.refusal("{\"a\":" + String(repeating: "{{time.now}}", count: 5000)) != nil)
    }
}
