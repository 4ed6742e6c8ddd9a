// A token role: what tokens made with it may and must be, whoever makes them.

internal import JSON
internal import Network

struct TokenRole: Sendable, Equatable {
    var name: String
    var allowedPolicies: [String] = []
    var allowedPoliciesGlob: [String] = []
    var disallowedPolicies: [String] = []
    var disallowedPoliciesGlob: [String] = []
    var makesOrphans = false
    var isRenewable = true
    var pathSuffix = ""
    var tokenKind = TokenKindRule.defaultService
    var boundCIDRs: [CIDRBlock] = []
    var numberOfUses: Int64 = 0
    var periodSeconds: Int64 = 0
    var explicitMaxTTLSeconds: Int64 = 0
    var excludesDefaultPolicy = false
    /// In lower case; each may have `*` in it.
    var allowedEntityAliases: [String] = []

    /// Whether it says anything about policies; else those of the caller count, as without a role.
    var decidesPolicies: Bool {
        !allowedPolicies.isEmpty || !allowedPoliciesGlob.isEmpty || !disallowedPolicies.isEmpty
            || !disallowedPoliciesGlob.isEmpty
    }

    func allows(alias: String) -> Bool {
        let folded = alias.lowercased()
        return allowedEntityAliases.contains { GlobText($0).matches(folded) }
    }
}

extension TokenRole {
    private static let formatVersion = 1

    func encoded() -> [UInt8] {
        let value: JSONValue = [
            "v": .int(Self.formatVersion),
            "name": .string(name),
            "allowed": .strings(allowedPolicies),
            "allowed_glob": .strings(allowedPoliciesGlob),
            "disallowed": .strings(disallowedPolicies),
            "disallowed_glob": .strings(disallowedPoliciesGlob),
            "orphan": .bool(makesOrphans),
            "renewable": .bool(isRenewable),
            "suffix": .string(pathSuffix),
            "kind": .string(tokenKind.rawValue),
            "cidrs": .strings(boundCIDRs.map(\.text)),
            "uses": .int(Int(numberOfUses)),
            "period": .int(Int(periodSeconds)),
            "explicit_max_ttl": .int(Int(explicitMaxTTLSeconds)),
            "no_default": .bool(excludesDefaultPolicy),
            "aliases": .strings(allowedEntityAliases),
        ]
        return value.encoded()
    }

    init(decoding bytes: [UInt8]) throws(BackendFailure) {
        guard let value = try? JSONValue(parsing: bytes),
            value["v"]?.intValue == Self.formatVersion,
            let kind = value["kind"]?.stringValue.flatMap({ TokenKindRule(rawValue: $0) })
        else {
            throw BackendFailure(
                .internalError, "a stored token role has a form that this version does not know")
        }
        func list(_ name: String) -> [String] {
            value[name]?.arrayValue?.compactMap(\.stringValue) ?? []
        }
        func integer(_ name: String) -> Int64 { Int64(value[name]?.intValue ?? 0) }
        name = value["name"]?.stringValue ?? ""
        allowedPolicies = list("allowed")
        allowedPoliciesGlob = list("allowed_glob")
        disallowedPolicies = list("disallowed")
        disallowedPoliciesGlob = list("disallowed_glob")
        makesOrphans = value["orphan"]?.boolValue ?? false
        isRenewable = value["renewable"]?.boolValue ?? false
        pathSuffix = value["suffix"]?.stringValue ?? ""
        tokenKind = kind
        boundCIDRs = try TokenEntry.blocks(value["cidrs"])
        numberOfUses = integer("uses")
        periodSeconds = integer("period")
        explicitMaxTTLSeconds = integer("explicit_max_ttl")
        excludesDefaultPolicy = value["no_default"]?.boolValue ?? false
        allowedEntityAliases = list("aliases")
    }
}

/// A text in which each `*` stands for any bytes, none included.
struct GlobText: Sendable {
    private let parts: [Substring.UTF8View]

    init(_ text: String) {
        parts = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
    }

    /// Without going back: where a part between two stars matches first leaves the most for the
    /// parts that follow.
    func matches(_ text: String) -> Bool {
        guard let first = parts.first, let last = parts.last else { return text.isEmpty }
        var rest = Array(text.utf8)[...]
        guard rest.starts(with: first) else { return false }
        if parts.count == 1 { return rest.count == first.count }
        rest = rest.dropFirst(first.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let place = Self.place(of: Array(part), in: rest) else { return false }
            rest = rest[(place + part.count)...]
        }
        return rest.count >= last.count && rest.suffix(last.count).elementsEqual(last)
    }

    private static func place(of part: [UInt8], in text: ArraySlice<UInt8>) -> Int? {
        guard text.count >= part.count else { return nil }
        return (text.startIndex...(text.endIndex - part.count)).first {
            text[$0..<($0 + part.count)].elementsEqual(part)
        }
    }
}
