// What a set of policies allows: an immutable value, made once per set and shared between requests.

public import JSON
public import Paths

public final class ACL: Sendable {
    public let isRoot: Bool
    let exact: SortedRules
    let prefixes: SortedRules
    /// The most specific first.
    let wildcards: [WildcardRule]

    /// What a templated rule denies that could not be filled in: everything below these.
    let closed: SortedRules

    /// Merges policies with Vault's rules. Rules about the same path are joined, whichever policy
    /// they stand in; root among the policies makes the others meaningless, as on Vault's tokens.
    /// Templated rules are left out: they are about nobody yet.
    public init(policies: [Policy], glob: GlobRule = .prefix) {
        isRoot = policies.contains(where: \.isRoot)
        var drafts: [[UInt8]: MergedRuleDraft] = [:]
        for policy in policies {
            for rule in policy.rules where !rule.isTemplated {
                let key = Array(rule.path.utf8)
                if drafts[key] == nil {
                    drafts[key] = MergedRuleDraft(rule, of: policy.name)
                } else {
                    drafts[key]?.merge(rule, of: policy.name)
                }
            }
        }
        var parts = ACLParts()
        for (path, draft) in drafts { parts.add(MergedRule(draft), at: path, glob) }
        (exact, prefixes, wildcards) = parts.sorted
        closed = SortedRules([])
    }

    /// The rights of one entity: those of everybody with the same policies, and the templated rules
    /// of these filled in. The rules that are not templated are shared with the others.
    init(
        _ base: ACL, templatesOf policies: [Policy], glob: GlobRule, values: any TemplateValues
    ) {
        var drafts: [[UInt8]: MergedRuleDraft] = [:]
        var closed: [[UInt8]: MergedRule] = [:]
        for policy in policies {
            for rule in policy.rules where rule.isTemplated {
                switch PathTemplate.fill(rule.path, values) {
                case .path(let path):
                    let filled = rule.filled(path)
                    let key = Array(path.utf8)
                    var draft = drafts[key] ?? base.draft(at: key)
                    draft?.merge(filled, of: policy.name)
                    drafts[key] = draft ?? MergedRuleDraft(filled, of: policy.name)
                case .refused(let prefix) where rule.capabilities.contains(.deny):
                    let key = Array(prefix.utf8)
                    closed[key] = MergedRule(
                        MergedRuleDraft(rule.filled(prefix + "*"), of: policy.name))
                case .refused, .unknown: break
                }
            }
        }
        var parts = ACLParts()
        for (path, draft) in drafts { parts.add(MergedRule(draft), at: path, glob) }
        parts.addRest(of: base) { drafts[$0] == nil }
        isRoot = base.isRoot
        (exact, prefixes, wildcards) = parts.sorted
        self.closed = SortedRules(closed.map { ($0.key, $0.value) })
    }

    /// What is said about a path as it stands in a policy.
    private func draft(at path: [UInt8]) -> MergedRuleDraft? {
        let isGlob = path.last == UInt8(ascii: "*")
        let rule =
            wildcards.first { $0.rule.path.utf8.elementsEqual(path) }?.rule
            ?? (isGlob ? Array(path.dropLast()) : path).withUnsafeBufferPointer {
                isGlob ? prefixes.exactly($0) : exact.exactly($0)
            }
        return rule.map(MergedRuleDraft.init)
    }

    public static let root = ACL(policies: [.root])

    // MARK: Authorising

    /// Whether a request may be done. `parameters` is the request's body when it is an object, or
    /// its query. For a write, the caller says whether it creates or updates; see
    /// `CapabilitySet.dependsOnExistence`.
    public func authorise(
        operation: Operation, path: String, parameters: JSONValue?, wrapTTLSeconds: UInt64?
    ) -> Verdict {
        access(to: path, operation: operation).verdict(
            operation: operation, parameters: parameters, wrapTTLSeconds: wrapTTLSeconds)
    }

    /// Whether `authorise` will look at the parameters; if not, the caller need not parse them.
    public func needsParameters(path: String, operation: Operation) -> Bool {
        access(to: path, operation: operation).needsParameters(for: operation)
    }

    /// What may be done at a path that is read, written or deleted; empty when no rule matches.
    public func allowed(path: String) -> CapabilitySet {
        access(to: path, operation: .read).capabilities
    }

    /// Whether an update must first be told from a creation: exactly one of the two is granted.
    public func needsExistence(path: String) -> Bool {
        !isRoot && allowed(path: path).dependsOnExistence
    }

    // MARK: Reporting

    /// The names for `sys/capabilities`, sorted: ["root"], ["deny"], or what is granted.
    public func capabilities(path: String) -> [String] {
        if isRoot { return ["root"] }
        // Looked up as a listing, as Vault does, so that `foo` also answers for `foo/`.
        return access(to: path, operation: .list).capabilities.names
    }

    /// Whether anything at all may be done at `prefix` or below it, for showing or hiding a mount.
    public func hasAccess(below prefix: String) -> Bool {
        if isRoot { return true }
        if access(to: prefix, operation: .list).capabilities.grantsSomething { return true }
        return prefix.withUTF8Bytes { bytes in
            let bytes = bytes.withoutLeadingSlashes
            if closed.longestPrefix(of: bytes) != nil { return false }
            return exact.rules(below: bytes).contains { $0.capabilities.grantsSomething }
                || prefixes.rules(below: bytes).contains { $0.capabilities.grantsSomething }
                || wildcards.contains {
                    $0.rule.capabilities.grantsSomething && $0.canMatch(below: bytes)
                }
        }
    }

    /// The policies that grant an operation at a path, for the audit log.
    public func grantingPolicies(operation: Operation, path: String) -> [String] {
        if isRoot { return Self.rootAlone }
        guard let needed = operation.neededCapability,
            let rule = access(to: path, operation: operation).rule
        else { return [] }
        return rule.policies(granting: needed)
    }

    private static let rootAlone = [PolicyName.root.text]

    /// Every rule, for `sys/internal/ui/resultant-acl`.
    public var exactRules: [MergedRule] { exact.all }

    public var globRules: [MergedRule] { prefixes.all + wildcards.map(\.rule) + closed.all }
}

/// Rules on their way into an ACL, told apart by how they are found.
private struct ACLParts {
    private var exact: [(key: [UInt8], rule: MergedRule)] = []
    private var prefixes: [(key: [UInt8], rule: MergedRule)] = []
    private var wildcards: [WildcardRule] = []

    mutating func add(_ rule: MergedRule, at path: [UInt8], _ glob: GlobRule) {
        let endsInGlob = path.last == UInt8(ascii: "*")
        if WildcardRule.hasWildcardSegment(path) || (endsInGlob && glob == .segment) {
            wildcards.append(WildcardRule(path: path, rule: rule, glob: glob))
        } else if endsInGlob {
            prefixes.append((Array(path.dropLast()), rule))
        } else {
            exact.append((path, rule))
        }
    }

    /// Takes over the rules of another ACL whose paths are wanted.
    mutating func addRest(of acl: ACL, _ isWanted: ([UInt8]) -> Bool) {
        exact += acl.exact.entries.filter { isWanted($0.key) }
        prefixes += acl.prefixes.entries.filter { isWanted($0.key + [UInt8(ascii: "*")]) }
        wildcards += acl.wildcards.filter { isWanted(Array($0.rule.path.utf8)) }
    }

    var sorted: (exact: SortedRules, prefixes: SortedRules, wildcards: [WildcardRule]) {
        (
            SortedRules(exact), SortedRules(prefixes),
            wildcards.sorted { $0.priority > $1.priority }
        )
    }
}
