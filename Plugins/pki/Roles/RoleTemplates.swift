// The entries of `allowed_domains` and `allowed_uri_sans` that say `{{identity…}}`.
//
// The core fills them in, for the caller of the request, and gives out no value that is a wildcard,
// a list or more than one segment of a path.

import PluginSDK

struct RoleTemplates: Sendable, Equatable {
    let domains: [String]
    let uris: [String]

    init(domains: [String] = [], uris: [String] = []) {
        self.domains = domains.filter { $0.contains("{{") }
        self.uris = uris.filter { $0.contains("{{") }
    }

    var all: [String] { domains + uris }

    /// Goes on with what has come of them; asks for nothing where there are none.
    func fill(then: @escaping @Sendable ([String?]) throws -> Outcome) throws -> Outcome {
        all.isEmpty ? try then([]) : .fill(all, then: then)
    }

    /// Whether a value has not brought a sign that takes a name apart: an entity called
    /// `admin@x` does not make another mail address of `{{…}}.example.com`, and `a%2Fb` no longer
    /// path of a URI. A value that is the whole entry is what the role's author wants, whatever
    /// it is.
    static func isFaithful(_ text: String, to template: String, keeping signs: String) -> Bool {
        let literal = self.literal(of: template)
        if literal.isEmpty { return true }
        return signs.utf8.allSatisfy { sign in
            text.utf8.count { $0 == sign } == literal.utf8.count { $0 == sign }
        }
    }

    /// What stands outside of the braces.
    private static func literal(of template: String) -> String {
        var literal = ""
        var rest = template[...]
        while let opening = rest.firstRange(of: "{{") {
            literal += rest[..<opening.lowerBound]
            rest = rest[opening.upperBound...]
            rest = rest[(rest.firstRange(of: "}}")?.upperBound ?? rest.endIndex)...]
        }
        return literal + rest
    }
}
