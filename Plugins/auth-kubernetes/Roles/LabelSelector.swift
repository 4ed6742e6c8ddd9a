// A Kubernetes label selector: which namespaces are meant, by their labels.

import JSON
import PluginSDK

struct LabelSelector: Sendable, Equatable {
    struct Requirement: Sendable, Equatable {
        enum Operator: String, Sendable {
            case isIn = "In"
            case isNotIn = "NotIn"
            case exists = "Exists"
            case doesNotExist = "DoesNotExist"
        }

        var key: String
        var `operator`: Operator
        var values: [String] = []

        func holds(_ labels: [String: String]) -> Bool {
            switch `operator` {
            case .isIn: labels[key].map(isNamed) ?? false
            // As Kubernetes has it: what has no such label is not in the set either.
            case .isNotIn: !(labels[key].map(isNamed) ?? false)
            case .exists: labels[key] != nil
            case .doesNotExist: labels[key] == nil
            }
        }

        private func isNamed(_ value: String) -> Bool {
            values.contains { $0.utf8.elementsEqual(value.utf8) }
        }
    }

    /// All of them must hold.
    private(set) var requirements: [Requirement] = []

    /// From JSON, or YAML of the plain kind.
    init(_ text: String) throws(PluginError) {
        guard text.utf8.count <= Limits.selectorBytes else { throw Self.problem("it is too long") }
        let value: JSONValue
        if let parsed = try? JSONValue(parsing: Array(text.utf8)) {
            value = parsed
        } else {
            do throws(YAMLProblem) { value = try PlainYAML.parse(text) } catch {
                throw Self.problem(error.message)
            }
        }
        guard let object = value.objectValue else { throw Self.problem("it is no object") }
        for (key, value) in object.members {
            switch key {
            case "matchLabels": try addLabels(value)
            case "matchExpressions": try addExpressions(value)
            default: throw Self.problem("it has more than matchLabels and matchExpressions")
            }
        }
        // An empty one would select every namespace there is.
        guard !requirements.isEmpty else { throw Self.problem("it selects everything") }
    }

    private mutating func addLabels(_ value: JSONValue) throws(PluginError) {
        guard let labels = value.objectValue else {
            throw Self.problem("matchLabels must be an object")
        }
        for (key, value) in labels.members {
            guard let value = value.stringValue, Self.isKey(key) else {
                throw Self.problem("matchLabels must be names and texts")
            }
            requirements.append(Requirement(key: key, operator: .isIn, values: [value]))
        }
    }

    private mutating func addExpressions(_ value: JSONValue) throws(PluginError) {
        guard let expressions = value.arrayValue else {
            throw Self.problem("matchExpressions must be a list")
        }
        for expression in expressions {
            let given = expression["values"] ?? .array([])
            let values = given.isNull ? [] : given.arrayValue?.compactMap(\.stringValue)
            guard let members = expression.objectValue,
                members.keys.allSatisfy({ ["key", "operator", "values"].contains($0) }),
                let key = expression["key"]?.stringValue, Self.isKey(key),
                let name = expression["operator"]?.stringValue,
                let `operator` = Requirement.Operator(rawValue: name), let values,
                given.isNull || values.count == given.arrayValue?.count
            else { throw Self.problem("an entry of matchExpressions is not one") }
            let needsValues = `operator` == .isIn || `operator` == .isNotIn
            guard needsValues != values.isEmpty else {
                throw Self.problem(
                    "In and NotIn need values, and Exists and DoesNotExist have none")
            }
            requirements.append(Requirement(key: key, operator: `operator`, values: values))
        }
    }

    private static func isKey(_ key: String) -> Bool {
        !key.isEmpty && key.utf8.count <= 317 && key.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    private static func problem(_ text: String) -> PluginError {
        PluginError(
            .invalidRequest,
            "failed to parse \"bound_service_account_namespace_selector\": \(text)")
    }

    func selects(_ labels: [String: String]) -> Bool {
        requirements.allSatisfy { $0.holds(labels) }
    }
}
