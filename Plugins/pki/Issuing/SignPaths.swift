// `sign/:name` and `issuer/:issuer_ref/sign/:name`: a certificate for a key that the client has.

import Certificates
import Cryptography
import JSON
import Paths
import PluginSDK

func signPaths(_ mount: PKIMount) -> [Path] {
    ["sign/:name", "issuer/:issuer_ref/sign/:name"].map { pattern in
        Path(
            pattern, .update,
            fields: [RoleFields.name, issuerField, csrField] + IssueRequest.fields,
            reads: [StorageKey.mark, StorageKey.role("{name}")],
            help: "Sign a certificate request by the rules of a role."
        ) { request in
            try withRole(request, mount) { role, rules, loaded in
                let fields = try request.fields()
                let asked = try IssueRequest(fields)
                let issuer = try loaded.issuingContext(
                    request.captures["issuer_ref"] ?? role.issuer)
                return try sign(
                    fields.string("csr"), asked, role, .endEntity(rules), issuer, mount, request)
            }
        }
    }
}

let csrField = Field.string("csr", required: true, "The certificate request in PEM.")

/// Reads the client's request and signs it; by a slow key on another thread.
func sign(
    _ csr: String?, _ asked: IssueRequest, _ role: Role, _ kind: Draft.Subject,
    _ issuer: IssuerContext, _ mount: PKIMount, _ request: Request
) throws -> Outcome {
    let run: @Sendable () throws -> Outcome = {
        let signingRequest = try PEMInput.request(csr)
        let draft = Draft(
            asked, role, kind, issuer, mount, now: request.now,
            publicKey: signingRequest.publicKey, signingRequest: signingRequest)
        return try issued(try Stages.sign(draft), draft, key: nil)
    }
    return issuer.key.kind.isSlow ? .work(run) : try run()
}

/// `sign-verbatim`: what the request says counts, but nothing makes an authority of it.
func signVerbatimPaths(_ mount: PKIMount) -> [Path] {
    let patterns = [
        "sign-verbatim", "sign-verbatim/:name", "issuer/:issuer_ref/sign-verbatim",
        "issuer/:issuer_ref/sign-verbatim/:name",
    ]
    return patterns.map { pattern in
        Path(
            pattern, .update,
            fields: [RoleFields.name, issuerField, csrField] + IssueRequest.fields + [
                .stringList(
                    "key_usage", default: ["DigitalSignature", "KeyAgreement", "KeyEncipherment"],
                    "Purposes of the key where the request says nothing."),
                .stringList("ext_key_usage", default: [], "Purposes where the request has none."),
                .stringList("ext_key_usage_oids", default: [], "The same by identifier."),
                .integer("signature_bits", default: 0, "Digest of RSA signatures."),
                .boolean("use_pss", default: false, "Whether RSA signatures are PSS."),
                .boolean(
                    "basic_constraints_valid_for_non_ca",
                    "Whether the certificate says that it is none of an authority."),
            ],
            reads: pattern.hasSuffix(":name")
                ? [StorageKey.mark, StorageKey.role("{name}")] : [StorageKey.mark],
            help: "Sign a certificate request as it is."
        ) { request in
            guard request.captures["name"] == nil else {
                return try withRole(request, mount) { role, _, loaded in
                    try signVerbatim(request, role, loaded, mount)
                }
            }
            return mount.withAuthority { try signVerbatim(request, nil, $0, mount) }
        }
    }
}

private func signVerbatim(
    _ request: Request, _ role: Role?, _ loaded: LoadedAuthority, _ mount: PKIMount
) throws -> Outcome {
    let fields = try request.fields()
    let asked = try IssueRequest(fields)
    let issuer = try loaded.issuingContext(
        request.captures["issuer_ref"] ?? role?.issuer ?? "default")
    var values: JSONObject = [
        "key_usage": .strings(fields.stringList("key_usage") ?? []),
        "ext_key_usage": .strings(fields.stringList("ext_key_usage") ?? []),
        "ext_key_usage_oids": .strings(fields.stringList("ext_key_usage_oids") ?? []),
        "signature_bits": .int(fields.integer("signature_bits") ?? 0),
        "use_pss": .bool(fields.boolean("use_pss") ?? false),
    ]
    for name in [
        "ttl", "max_ttl", "generate_lease", "no_store", "not_before_duration", "not_after",
        "not_after_bound", "not_before_bound", "not_before", "basic_constraints_valid_for_non_ca",
    ] { if let value = role?.values[name] { values[name] = value } }
    if let marks = fields.boolean("basic_constraints_valid_for_non_ca") {
        values["basic_constraints_valid_for_non_ca"] = .bool(marks)
    }
    return try sign(
        fields.string("csr"), asked, try Role.unrestricted(values), .verbatim, issuer, mount,
        request)
}
