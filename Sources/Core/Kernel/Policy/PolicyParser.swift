// From a policy's text to its rules.

import HCL
import JSON

struct PolicyParser {
    private static let topLevelKeys = ["name", "path"]
    private static let ruleKeys = [
        "policy", "capabilities", "allowed_parameters", "denied_parameters", "required_parameters",
        "min_wrapping_ttl", "max_wrapping_ttl",
    ]
    /// Vault reads these; a rule that quietly did less than it says would be worse than none.
    private static let unsupportedRuleKeys = ["control_group", "mfa_methods"]

    mutating func parse(_ text: String) throws(PolicyError) -> [PathRule] {
        do {
            let limits = HCLLimits(maxTextBytes: PolicyLimits.maxTextBytes)
            let body = try HCLFile.parse(text, name: "policy", limits: limits)
            try Self.checkTopLevel(body)
            let sections = try body.sections("path", labelCount: 1)
            guard sections.count <= PolicyLimits.maxRules else {
                throw PolicyError(.tooLarge, "more than \(PolicyLimits.maxRules) path blocks")
            }
            return try sections.map(parseRule)
        } catch let error as HCLError {
            throw PolicyError(error)
        } catch let error as PolicyError {
            throw error
        } catch {
            throw PolicyError(.malformed, "policy cannot be read")
        }
    }

    private static func checkTopLevel(_ body: HCLBody) throws {
        for item in body.items where !topLevelKeys.contains(where: item.name.hasSameBytes) {
            throw PolicyError(
                .invalid, at: item.position, "invalid key \(item.name.quotedForMessage)")
        }
        for case .block(let block) in body.items where block.type.hasSameBytes(as: "name") {
            throw PolicyError(.invalid, at: block.position, "name must be a string")
        }
        if let name = body.attribute("name"), name.value.stringValue == nil {
            throw PolicyError(.invalid, at: name.value.position, "name must be a string")
        }
    }

    private func parseRule(_ section: HCLSection) throws -> PathRule {
        let label = section.labels[0]
        let reader = RuleReader(section: section, written: label.text)
        for item in section.body.items {
            if Self.unsupportedRuleKeys.contains(where: item.name.hasSameBytes) {
                throw reader.error(.unsupported, at: item.position, "\(item.name) is not supported")
            }
            guard Self.ruleKeys.contains(where: item.name.hasSameBytes) else {
                throw reader.error(
                    at: item.position, "invalid key \(item.name.quotedForMessage)")
            }
        }
        var path = label.text
        if path.utf8.first == UInt8(ascii: "/") {
            path = String(decoding: path.utf8.dropFirst(), as: UTF8.self)
        }
        guard !Self.hasWildcardThenGlob(path) else {
            throw reader.error(
                at: label.position, "invalid use of wildcards (\"+*\" is forbidden)")
        }
        return PathRule(
            path: path,
            capabilities: try reader.capabilities(),
            constraints: try reader.constraints(),
            templateParameters: try PathTemplate.parameters(of: path) {
                reader.error(at: label.position, $0)
            },
            position: label.position)
    }

    private static func hasWildcardThenGlob(_ path: String) -> Bool {
        zip(path.utf8, path.utf8.dropFirst()).contains { $0 == 0x2B && $1 == 0x2A }
    }
}
