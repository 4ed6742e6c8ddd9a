// `issue/:name` and `issuer/:issuer_ref/issue/:name`: a key and a certificate for it.

import Certificates
import Cryptography
import Paths
import PluginSDK

func issuePaths(_ mount: PKIMount) -> [Path] {
    ["issue/:name", "issuer/:issuer_ref/issue/:name"].map { pattern in
        Path(
            pattern, .update,
            fields: [RoleFields.name, issuerField] + IssueRequest.fields,
            reads: [StorageKey.mark, StorageKey.role("{name}")],
            help: "Make a key and a certificate for it."
        ) { request in
            try withRole(request, mount) { role, rules, loaded in
                let asked = try IssueRequest(try request.fields())
                let issuer = try loaded.issuingContext(
                    request.captures["issuer_ref"] ?? role.issuer)
                let kind = try keyKind(role, asked)
                return try withNewKey(kind, signer: issuer.key) { key in
                    let draft = Draft(
                        asked, role, .endEntity(rules), issuer, mount, now: request.now,
                        publicKey: key.publicPart, signingRequest: nil)
                    return try issued(try Stages.sign(draft), draft, key: key)
                }
            }
        }
    }
}

let issuerField = Field.string("issuer_ref", "The issuer: an id, a name, or `default`.")

/// Goes on with the role that the path names, its rules for this caller, and the authority.
func withRole(
    _ request: Request, _ mount: PKIMount,
    then: @escaping @Sendable (Role, NameRules, LoadedAuthority) throws -> Outcome
) throws -> Outcome {
    let name = try request.roleName()
    return .read([StorageKey.role(name), StorageKey.mark]) { entries in
        guard let record = entries[StorageKey.role(name)] else {
            throw PluginError(.invalidRequest, "unknown role: \(name)")
        }
        let role = try mount.roles.role(name, record: record)
        return try role.names.templates.fill { texts in
            let rules = texts.isEmpty ? role.names : role.names.filled(texts)
            return mount.withAuthority { try then(role, rules, $0) }
        }
    }
}

private func keyKind(_ role: Role, _ asked: IssueRequest) throws(PluginError) -> KeyKind {
    guard role.keyType == "any" else { return try KeyKind(type: role.keyType, bits: role.keyBits) }
    guard !asked.keyType.isEmpty else {
        throw PluginError(
            .invalidRequest,
            "role key type \"any\" not allowed for issuing certificates, only signing: say which "
                + "with key_type")
    }
    return try KeyKind(type: asked.keyType, bits: asked.keyBits)
}

extension LoadedAuthority {
    /// An issuer that may and can issue.
    func issuingContext(_ reference: String) throws(PluginError) -> IssuerContext {
        let issuer = try authority.issuer(reference)
        try issuer.requireUsage(.issuing)
        return try context(issuer)
    }
}
