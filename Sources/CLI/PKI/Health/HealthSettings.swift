// Which checks run and what their thresholds are: defaults, and a file's changes to them.

import JSON

struct HealthSettings: Sendable {
    private var checks: [String: JSONObject] = [:]

    /// `file` is an object with a member for each check that it is about.
    init(
        _ all: [HealthCheck], enabledByDefault: Bool, file: JSONObject = JSONObject()
    ) throws(UsageError) {
        for check in all {
            var settings = JSONObject(check.defaults.map { ($0.name, $0.value) })
            settings["enabled"] = .bool(enabledByDefault)
            checks[check.name] = settings
        }
        for (name, given) in file.members {
            guard var settings = checks[name] else {
                throw UsageError("the health configuration is about an unknown check: \(name)")
            }
            guard let members = given.objectValue else {
                throw UsageError("the health configuration of \(name) is not an object")
            }
            for (key, value) in members.members {
                guard let before = settings[key] else {
                    throw UsageError("\(name) has no parameter \(key)")
                }
                guard Self.isLike(value, before) else {
                    throw UsageError("\(name): the value of \(key) is not of its kind")
                }
                settings[key] = value
            }
            checks[name] = settings
        }
    }

    func isEnabled(_ check: HealthCheck) -> Bool {
        checks[check.name]?["enabled"]?.boolValue ?? false
    }

    func parameters(of check: HealthCheck) -> HealthParameters {
        HealthParameters(values: checks[check.name] ?? JSONObject())
    }

    var json: JSONValue { JSONValue.object(JSONObject(checks.map { ($0, .object($1)) })).sorted }

    private static func isLike(_ value: JSONValue, _ example: JSONValue) -> Bool {
        switch example {
        case .bool: value.boolValue != nil
        case .number: value.intValue != nil
        case .string: HealthParameters.milliseconds(value) != nil
        case .array: value.arrayValue?.allSatisfy { $0.stringValue != nil } ?? false
        case .null, .object: false
        }
    }
}

struct HealthParameters: Sendable {
    let values: JSONObject

    func integer(_ name: String) -> Int { values[name]?.intValue ?? 0 }

    func milliseconds(_ name: String) -> Int {
        values[name].flatMap(Self.milliseconds) ?? 0
    }

    func seconds(_ name: String) -> Int { milliseconds(name) / 1000 }

    func text(_ name: String) -> String { values[name].map { PlainValue.text($0) } ?? "" }

    func names(_ name: String) -> Set<String> {
        Set(values[name]?.arrayValue?.compactMap(\.stringValue) ?? [])
    }

    /// `182d`, `200ms`, or a number of seconds.
    static func milliseconds(_ value: JSONValue) -> Int? {
        guard let text = value.stringValue ?? value.intValue.map(String.init) else { return nil }
        return GoDuration(text)?.milliseconds
    }
}
