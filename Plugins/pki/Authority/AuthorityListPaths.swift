// `issuers` and `keys`: what there is.

import JSON
import Paths
import PluginSDK

func authorityListPaths(_ mount: PKIMount) -> [Path] {
    [
        listPath("issuers", mount) { authority in
            authority.issuers.map { issuer in
                (
                    issuer.id,
                    [
                        "issuer_name": .string(issuer.name),
                        "is_default": .bool(issuer.id == authority.defaultIssuer),
                        "key_id": .string(issuer.keyID),
                        "serial_number": .string(issuer.serial),
                    ]
                )
            }
        },
        listPath("keys", mount) { authority in
            authority.keys.map { key in
                (
                    key.id,
                    [
                        "key_name": .string(key.name),
                        "is_default": .bool(key.id == authority.defaultKey),
                    ]
                )
            }
        },
    ]
}

/// Lists what is in memory, in the order of ids.
private func listPath(
    _ noun: String, _ mount: PKIMount,
    _ entries: @escaping @Sendable (Authority) -> [(id: String, info: JSONValue)]
) -> Path {
    Path(
        "\(noun)/?", .list, fields: NameListing.fields, reads: [StorageKey.mark],
        help: "List the \(noun)."
    ) { request in
        let fields = try request.fields()
        let after = fields.string("after") ?? ""
        let limit = fields.integer("limit").flatMap { $0 > 0 ? $0 : nil }
        return mount.withAuthority { loaded in
            let chosen = entries(loaded.authority).sorted { $0.id < $1.id }
                .filter { $0.id > after }.prefix(limit ?? .max)
            if chosen.isEmpty { return .answer(.none) }
            return .answer(
                .data([
                    "keys": .strings(chosen.map(\.id)),
                    "key_info": .object(JSONObject(chosen.map { ($0.id, $0.info) })),
                ]))
        }
    }
}
