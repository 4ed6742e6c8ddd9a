// `coffer pki list-intermediates`.

import JSON

extension Command {
    static let pkiListIntermediates = Command(
        "pki list-intermediates", "Lists which issuers a certificate has signed",
        usage: "[options] PARENT [CHILD...]",
        about: """
            Compares issuers with a certificate that may be above them. Each CHILD is an issuer, \
            such as pki_int/issuer/web, or a mount whose issuers are all looked at; without any, \
            it is those of every PKI mount that the token may see.

            By default an issuer matches if the parent's name and key identifier fit, the parent's \
            key made its signature, and who trusts the parent trusts the issuer with its chain.
            """,
        examples: [
            Example(
                "Find what a root has signed:",
                "coffer pki list-intermediates pki_root/issuer/default"),
            Example(
                "Look in one mount, and show names:",
                "coffer pki list-intermediates -use_names pki_root/issuer/default pki_int"),
        ],
        flags: IntermediateFlags.all, takes: .atLeast(1)
    ) { call in
        let client = try call.steppingClient()
        let parent = try await call.issuer(at: call.arguments[0], client)
        var found: [(path: String, matches: Bool)] = []
        for child in try await call.children(client) {
            let issued = try await call.issuer(at: child.path, client)
            let match = SignatureMatch(issuer: parent, issued: issued)
            found.append((child.shown, call.matches(match)))
        }
        found.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        guard call.output.isTable else {
            try call.output.value(.object(JSONObject(found.map { ($0.path, .bool($0.matches)) })))
            return .success
        }
        var table = Table("intermediate", "match?")
        for (path, matches) in found { table.append(path, String(matches)) }
        call.console.printLine(table.text)
        return .success
    }
}

private enum IntermediateFlags {
    static let subject = Flag(
        "subject_match", .boolean, "Whether the parent's name must be the one that a child says.",
        fallback: "true")
    static let keyID = Flag(
        "key_id_match", .boolean, "Whether the identifiers of the keys must fit.", fallback: "true")
    static let direct = Flag(
        "direct_verify", .boolean, "Whether the parent's own key must have signed the child.",
        aliases: ["direct_sign"], fallback: "true")
    static let indirect = Flag(
        "indirect_sign", .boolean,
        "Whether who trusts the parent must trust the child, with the chain that it has.",
        aliases: ["indirect-sign", "indirect_verify"], fallback: "true")
    static let path = Flag(
        "path_contains", .boolean, "Whether the child's chain must contain the parent.",
        aliases: ["path_match"], fallback: "false")
    static let names = Flag(
        "use_names", .boolean,
        "Show issuers by their names, or as the default one, instead of by their ids.",
        fallback: "false")

    static let all = [subject, keyID, direct, indirect, path, names]
}

extension Invocation {
    fileprivate func matches(_ match: SignatureMatch) -> Bool {
        let wanted = [
            (IntermediateFlags.subject, match.subject), (IntermediateFlags.keyID, match.keyID),
            (IntermediateFlags.direct, match.signature), (IntermediateFlags.indirect, match.trust),
            (IntermediateFlags.path, match.path),
        ]
        return wanted.allSatisfy { !flags.bool($0.0) || $0.1 }
    }

    fileprivate func children(
        _ client: APIClient
    ) async throws -> [(path: String, shown: String)] {
        let given = arguments.dropFirst().map { APIPath.sanitized($0) }
        guard !given.isEmpty else { return try await everyIssuer(client) }
        var children: [(path: String, shown: String)] = []
        for path in given {
            if IssuerPlace(path) != nil {
                children.append((path, path))
            } else {
                children += try await issuerPaths(of: path, client)
            }
        }
        return children
    }

    /// What the token may not list is left out, and said.
    private func everyIssuer(
        _ client: APIClient
    ) async throws -> [(path: String, shown: String)] {
        let answer = try await during("Error listing mounts") {
            try await client.read("sys/mounts")
        }
        var children: [(path: String, shown: String)] = []
        for (path, mount) in answer?.data?.sortedMembers ?? []
        where mount["type"]?.stringValue == "pki" {
            do {
                children += try await issuerPaths(of: APIPath.sanitized(path), client)
            } catch let error as CommandError {
                console.printError("WARNING! \(path) is left out. \(error.message)")
            }
        }
        return children
    }

    private func issuerPaths(
        of mount: String, _ client: APIClient
    ) async throws -> [(path: String, shown: String)] {
        try await issuers(of: mount, client).map { id, info in
            let path = "\(mount)/issuer/\(id)"
            guard flags.bool(IntermediateFlags.names) else { return (path, path) }
            let name = info?["issuer_name"]?.stringValue ?? ""
            let isDefault = info?["is_default"]?.boolValue ?? false
            let shown = !name.isEmpty ? name : isDefault ? "default" : id
            return (path, "\(mount)/issuer/\(shown)")
        }
    }
}
