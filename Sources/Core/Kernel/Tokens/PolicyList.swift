// The policies that a token is to have, as they were asked for and checked.

/// Policy names, each once and in byte order. Names that only look like another one are refused.
struct PolicyList: Sendable, Equatable {
    private(set) var sorted: [String]

    init(_ names: [String]) throws(BackendFailure) {
        var texts: Set<String> = []
        for name in names where !name.isEmpty {
            do throws(PolicyError) { texts.insert(try PolicyName(name).text) } catch {
                throw BackendFailure(.invalidRequest, error.message)
            }
        }
        guard texts.count <= KernelLimits.policiesPerToken else {
            throw BackendFailure(.invalidRequest, "too many policies on one token")
        }
        self.init(checked: texts)
    }

    /// Of names that were checked before, such as those of a stored token.
    init(checked names: some Sequence<String>) {
        sorted = Set(names).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    var isEmpty: Bool { sorted.isEmpty }

    func contains(_ name: PolicyName) -> Bool { sorted.contains(name.text) }

    func isSubset(of other: PolicyList) -> Bool { Set(sorted).isSubset(of: other.sorted) }

    mutating func add(_ name: PolicyName) {
        if !contains(name) { self = PolicyList(checked: sorted + [name.text]) }
    }

    mutating func remove(_ name: PolicyName) { sorted.removeAll { $0 == name.text } }

    /// Nothing adds to root's rights, so nothing stands beside it.
    var collapsed: PolicyList { contains(.root) ? PolicyList(checked: ["root"]) : self }

    /// The first name that no token can be given.
    var unassignable: String? {
        contains(.responseWrapping) ? PolicyName.responseWrapping.text : nil
    }

    /// In quotes, for a refusal.
    var quoted: String { "[" + sorted.map { "\"\($0)\"" }.joined(separator: " ") + "]" }
}
