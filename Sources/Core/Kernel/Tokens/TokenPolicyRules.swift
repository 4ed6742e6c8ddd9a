// Which policies a new token gets: the rules of who may hand on what.

/// The policies of a token that is asked for, decided from the wish, the role and the parent.
struct TokenPolicyRules {
    let asked: PolicyList
    let parent: PolicyList
    let role: TokenRole?
    /// Whether the caller is root or has sudo on the path.
    let hasSudo: Bool
    let excludesDefault: Bool
    /// Whether the token will belong to the root namespace, the only one that knows root.
    var isInRoot = true

    func decide() throws(BackendFailure) -> PolicyList {
        var policies: PolicyList
        if let role, role.decidesPolicies {
            policies = try decide(by: role)
        } else if asked.isEmpty {
            policies = parent
        } else {
            policies = asked
            if !hasSudo {
                guard asked.collapsed.isSubset(of: parent.collapsed) else {
                    throw refusal("child policies must be subset of parent")
                }
            }
            // A parent without "default" cannot hand it on, unless it may hand on anything.
            if !excludesDefault, hasSudo || parent.contains(.default) { policies.add(.default) }
        }
        policies = policies.collapsed
        if excludesDefault { policies.remove(.default) }
        if let name = policies.unassignable { throw refusal("cannot assign policy \"\(name)\"") }
        if policies.contains(.root), !isInRoot {
            throw refusal("root tokens may not be created in a child namespace")
        }
        // Whoever may do anything on this path still makes root only of root.
        if policies.contains(.root), !parent.contains(.root) {
            throw refusal("root tokens may not be created without parent token being root")
        }
        return policies
    }

    /// A role with lists of its own counts instead of the parent's policies.
    private func decide(by role: TokenRole) throws(BackendFailure) -> PolicyList {
        let addsDefault =
            !excludesDefault && !role.excludesDefaultPolicy
            && !role.disallows(PolicyName.default.text)
        var policies = asked
        if addsDefault, !policies.isEmpty { policies.add(.default) }
        if !role.allowedPolicies.isEmpty || !role.allowedPoliciesGlob.isEmpty {
            var allowed = PolicyList(checked: role.allowedPolicies)
            if addsDefault { allowed.add(.default) }
            if policies.isEmpty { policies = allowed }
            guard policies.sorted.allSatisfy({ role.allows($0, also: allowed) }) else {
                throw refusal(
                    "token policies (\(policies.quoted)) must be subset of the role's allowed "
                        + "policies (\(allowed.quoted)) or glob policies "
                        + "(\(PolicyList(checked: role.allowedPoliciesGlob).quoted))")
            }
        } else if policies.isEmpty {
            policies = parent
            if addsDefault { policies.add(.default) }
        }
        if let name = policies.sorted.first(where: role.disallows) {
            throw refusal("token policy \"\(name)\" is disallowed by this role")
        }
        return policies
    }

    private func refusal(_ text: String) -> BackendFailure { BackendFailure(.invalidRequest, text) }
}

extension TokenRole {
    fileprivate func disallows(_ policy: String) -> Bool {
        disallowedPolicies.contains(policy)
            || disallowedPoliciesGlob.contains { GlobText($0).matches(policy) }
    }

    fileprivate func allows(_ policy: String, also allowed: PolicyList) -> Bool {
        allowed.sorted.contains(policy)
            || allowedPoliciesGlob.contains { GlobText($0).matches(policy) }
    }
}
