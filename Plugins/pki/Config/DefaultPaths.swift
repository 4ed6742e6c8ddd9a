// `config/issuers`, `config/keys` and `root/replace`: which issuer and which key is meant by
// `default`.

import JSON
import Paths
import PluginSDK

func defaultPaths(_ mount: PKIMount) -> [Path] {
    [
        Path(
            "config/issuers",
            [
                .read: { _ in
                    mount.withAuthority { .answer(.data($0.authority.defaultIssuerJSON)) }
                },
                .update: { try setDefaultIssuer($0, mount) },
            ],
            fields: [
                .string("default", "The issuer: an id or a name."),
                .boolean(
                    "default_follows_latest_issuer",
                    "Whether the newest issuer with a key becomes the default."),
            ],
            reads: [StorageKey.mark], help: "Which issuer is the default."),
        Path(
            "root/replace", .update,
            fields: [.string("default", default: "next", "The issuer: an id or a name.")],
            reads: [StorageKey.mark], help: "Make another issuer the default."
        ) { try setDefaultIssuer($0, mount) },
        Path(
            "config/keys",
            [
                .read: { _ in
                    mount.withAuthority {
                        .answer(.data(["default": .string($0.authority.defaultKey)]))
                    }
                },
                .update: { request in
                    let wanted = try request.fields().string("default") ?? ""
                    return mount.change { authority, _ in
                        authority.defaultKey = try authority.key(wanted).id
                        return .data(["default": .string(authority.defaultKey)])
                    }
                },
            ],
            fields: [.string("default", required: true, "The key: an id or a name.")],
            reads: [StorageKey.mark], help: "Which key is the default."),
    ]
}

private func setDefaultIssuer(_ request: Request, _ mount: PKIMount) throws -> Outcome {
    let fields = try request.fields()
    return mount.change { authority, _ in
        var warnings: [String] = []
        if let follows = fields.boolean("default_follows_latest_issuer") {
            authority.followsLatestIssuer = follows
        }
        if let wanted = fields.string("default") {
            guard wanted != "default", !wanted.isEmpty else {
                throw PluginError(
                    .invalidRequest,
                    "invalid issuer specification; must be non-empty and can't "
                        + "be 'default'.")
            }
            let issuer = try authority.issuer(wanted)
            authority.defaultIssuer = issuer.id
            if issuer.keyID.isEmpty {
                warnings.append(
                    "This selected default issuer has no key associated with it. Some operations "
                        + "like issuing certificates and signing CRLs will be unavailable with the "
                        + "requested default issuer until a key is imported or the default issuer "
                        + "is changed.")
            }
        }
        return .data(authority.defaultIssuerJSON, warnings: warnings)
    }
}

extension Authority {
    fileprivate var defaultIssuerJSON: JSONValue {
        [
            "default": .string(defaultIssuer),
            "default_follows_latest_issuer": .bool(followsLatestIssuer),
        ]
    }
}
