// Reads what stands inside one path block.

import HCL
import JSON

struct RuleReader {
    let section: HCLSection
    /// The path as its author wrote it, for messages.
    let written: String

    func error(
        _ code: PolicyError.Code = .invalid, at position: HCLPosition, _ message: String
    ) -> PolicyError {
        PolicyError(code, at: position, "path \(written.quotedForMessage): \(message)")
    }

    // MARK: Capabilities

    func capabilities() throws(PolicyError) -> CapabilitySet {
        var granted = try shorthand()
        guard let value = try value("capabilities") else { return granted }
        for (name, position) in try strings(value, of: "capabilities") {
            guard
                let capability = Capability.allCases.first(where: {
                    $0.rawValue.hasSameBytes(as: name)
                })
            else {
                throw error(at: position, "invalid capability \(name.quotedForMessage)")
            }
            granted.insert(capability.set)
        }
        return granted.contains(.deny) ? .deny : granted
    }

    /// `policy = "read"`, how rules were written before there were capabilities.
    private func shorthand() throws(PolicyError) -> CapabilitySet {
        guard let value = try value("policy") else { return [] }
        guard let name = value.stringValue else {
            throw error(at: value.position, "policy must be a string, not \(value.kindName)")
        }
        let write: CapabilitySet = [.create, .read, .update, .delete, .list]
        switch name {
        case "": return []
        case "deny": return .deny
        case "read": return [.read, .list]
        case "write": return write
        case "sudo": return write.union(.sudo)
        default:
            throw error(at: value.position, "invalid policy \(name.quotedForMessage)")
        }
    }

    // MARK: Constraints

    func constraints() throws(PolicyError) -> RuleConstraints {
        var constraints = RuleConstraints()
        constraints.allowedParameters = try parameterValues("allowed_parameters")
        constraints.deniedParameters = try parameterValues("denied_parameters")
        if let value = try value("required_parameters") {
            constraints.requiredParameters = try strings(value, of: "required_parameters").map(\.0)
        }
        constraints.minWrappingTTL = try duration("min_wrapping_ttl")
        constraints.maxWrappingTTL = try duration("max_wrapping_ttl")
        if let min = constraints.minWrappingTTL, let max = constraints.maxWrappingTTL, max < min {
            throw error(
                at: section.position, "max_wrapping_ttl cannot be less than min_wrapping_ttl")
        }
        return constraints
    }

    private func duration(_ name: String) throws(PolicyError) -> Duration? {
        guard let value = try value(name) else { return nil }
        guard let duration = value.durationValue else {
            throw error(
                at: value.position, "\(name) must be a duration such as 90, \"90s\" or \"1h30m\"")
        }
        // Zero is Vault's way to say that there is no limit.
        return duration == .zero ? nil : duration
    }

    private func parameterValues(_ name: String) throws(PolicyError) -> ParameterValues {
        var parameters: ParameterValues = [:]
        guard let value = try value(name) else { return parameters }
        guard let body = value.objectValue else {
            throw error(at: value.position, "\(name) must be an object, not \(value.kindName)")
        }
        for item in body.items {
            guard case .attribute(let attribute) = item, let list = attribute.value.listValue else {
                throw error(at: item.position, "\(name) takes a list of values for each parameter")
            }
            guard parameters[attribute.name] == nil else {
                throw error(at: item.position, "\(name) names this parameter twice")
            }
            var values: [JSONValue] = []
            for element in list { values.append(try jsonValue(element, of: name)) }
            parameters[attribute.name] = values
        }
        return parameters
    }

    private func jsonValue(_ value: HCLValue, of name: String) throws(PolicyError) -> JSONValue {
        switch value.kind {
        case .string(let text): return .string(text)
        case .bool(let flag): return .bool(flag)
        case .null: return .null
        case .number:
            if let whole = value.intValue { return .number(JSONNumber(whole)) }
            if let number = value.doubleValue.flatMap({ JSONNumber($0) }) { return .number(number) }
        case .list(let elements):
            var values: [JSONValue] = []
            for element in elements { values.append(try jsonValue(element, of: name)) }
            return .array(values)
        case .object:
            break
        }
        throw error(at: value.position, "\(name) cannot compare with \(value.kindName) like this")
    }

    // MARK: Shapes

    /// The value of `name = …` or the body of `name { … }`, which mean the same.
    private func value(_ name: String) throws(PolicyError) -> HCLValue? {
        let items = section.body.items(named: name)
        guard let first = items.first else { return nil }
        if items.count > 1 {
            throw error(at: items[1].position, "\(name) is set twice")
        }
        switch first {
        case .attribute(let attribute):
            return attribute.value
        case .block(let block):
            if let label = block.labels.first {
                throw error(at: label.position, "\(name) takes no label")
            }
            return HCLValue(.object(block.body), at: block.position)
        }
    }

    private func strings(
        _ value: HCLValue, of name: String
    ) throws(PolicyError) -> [(String, HCLPosition)] {
        guard let elements = value.listValue else {
            throw error(
                at: value.position, "\(name) must be a list of strings, not \(value.kindName)")
        }
        var strings: [(String, HCLPosition)] = []
        for element in elements {
            guard let text = element.stringValue else {
                throw error(
                    at: element.position,
                    "\(name) must be a list of strings, not of \(element.kindName)")
            }
            strings.append((text, element.position))
        }
        return strings
    }
}
