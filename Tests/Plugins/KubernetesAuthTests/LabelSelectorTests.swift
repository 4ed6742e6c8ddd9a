import PluginSDK
import Testing

@testable import KubernetesAuth

@Suite struct LabelSelectorTests {
    private static let json = """
        {"matchLabels": {"team": "shop"},
         "matchExpressions": [{"key": "env", "operator": "In", "values": ["prod", "test"]},
          {"key": "old", "operator": "DoesNotExist"}]}
        """
    private static let yaml = """
        ---
        # The shop's.
        matchLabels:
          team: shop
        matchExpressions:
        - key: env
          operator: In
          values: [prod, "test"]
        - key: old
          operator: DoesNotExist
        """

    @Test("JSON and YAML say the same")
    func forms() throws {
        let selector = try LabelSelector(Self.json)
        #expect(selector.requirements.count == 3)
        #expect(try LabelSelector(Self.yaml) == selector)
        let indented = """
            matchExpressions:
              - key: 'env'
                operator: NotIn
                values:
                  - prod
            """
        #expect(
            try LabelSelector(indented).requirements == [
                .init(key: "env", operator: .isNotIn, values: ["prod"])
            ])
    }

    @Test("all that is required must hold")
    func selects() throws {
        let selector = try LabelSelector(Self.json)
        #expect(selector.selects(["team": "shop", "env": "prod"]))
        #expect(selector.selects(["team": "shop", "env": "test", "more": ""]))
        #expect(!selector.selects(["team": "shop"]))
        #expect(!selector.selects(["team": "Shop", "env": "prod"]))
        #expect(!selector.selects(["team": "shop", "env": "prod", "old": ""]))
        #expect(!selector.selects([:]))
        let notIn = try LabelSelector(
            #"{"matchExpressions":[{"key":"env","operator":"NotIn","values":["prod"]}]}"#)
        #expect(notIn.selects([:]))
        #expect(!notIn.selects(["env": "prod"]))
        let exists = try LabelSelector(
            #"{"matchExpressions":[{"key":"env","operator":"Exists"}]}"#)
        #expect(exists.selects(["env": ""]))
        #expect(!exists.selects(["envs": ""]))
    }

    @Test(
        "what is no selector, or one of everything, is refused",
        arguments: [
            "{}", "[]", "x", "{\"matchLabels\":{}}", "{\"matchLabels\":[]}",
            "{\"matchLabels\":{\"a\":1}}", "{\"matchLabels\":{\"\":\"a\"}}", "{\"other\":{}}",
            "{\"matchLabels\":{\"a\":\"b\"},\"x\":1}", "{\"matchExpressions\":[{}]}",
            "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"in\",\"values\":[\"b\"]}]}",
            "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"In\"}]}",
            "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Exists\",\"values\":[\"b\"]}]}",
            "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"In\",\"values\":[1]}]}",
            "matchLabels:\n  a: true", "matchLabels:\n  a: 1", "matchLabels: &x\n  a: b",
            "matchLabels:\n\ta: b", "matchLabels:\n  a: b\n  a: c", "matchLabels: {a: b}",
            "matchLabels:\n    a: b\n  c: d", "matchLabels:\n  a: 'b", "matchLabels:\n  a: |\n   b",
        ])
    func refused(_ text: String) {
        #expect(throws: PluginError.self) { try LabelSelector(text) }
    }

    @Test("depth and length have an end")
    func bounds() {
        let deep = (0..<100).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
        #expect(throws: PluginError.self) { try LabelSelector(deep) }
        let dashes = String(repeating: "- ", count: 4_000) + "a: b"
        #expect(throws: PluginError.self) { try LabelSelector(dashes) }
        let long = "matchLabels:\n  a: " + String(repeating: "b", count: Limits.selectorBytes)
        #expect(throws: PluginError.self) { try LabelSelector(long) }
    }
}
