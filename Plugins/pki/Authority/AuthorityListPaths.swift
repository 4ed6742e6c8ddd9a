// `issuers` and `keys`: what there is.

import JSON
import Paths
import PluginSDK

func authorityListPaths(_ mount: PKIMount) -> [Path] {
    [
        Path(
            "issuers/?", .list, fields: Listing.fields, reads: [StorageKey.mark],
            help: "List the issuers."
        ) { request in
            let page = MemoryPage(try request.fields())
            return mount.withAuthority { loaded in
                let authority = loaded.authority
                return .answer(
                    page.answer(
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
                        }))
            }
        },
        Path(
            "keys/?", .list, fields: Listing.fields, reads: [StorageKey.mark],
            help: "List the keys."
        ) { request in
            let page = MemoryPage(try request.fields())
            return mount.withAuthority { loaded in
                let authority = loaded.authority
                return .answer(
                    page.answer(
                        authority.keys.map { key in
                            (
                                key.id,
                                [
                                    "key_name": .string(key.name),
                                    "is_default": .bool(key.id == authority.defaultKey),
                                ]
                            )
                        }))
            }
        },
    ]
}

/// A page of what is in memory, in the order of ids.
private struct MemoryPage: Sendable {
    let after: String
    let limit: Int?

    init(_ fields: FieldValues) {
        after = fields.string("after") ?? ""
        limit = fields.integer("limit").flatMap { $0 > 0 ? $0 : nil }
    }

    func answer(_ entries: [(id: String, info: JSONValue)]) -> Answer {
        let chosen = entries.sorted { $0.id < $1.id }.filter { $0.id > after }
            .prefix(limit ?? .max)
        if chosen.isEmpty { return .none }
        return .data([
            "keys": .strings(chosen.map(\.id)),
            "key_info": .object(JSONObject(chosen.map { ($0.id, $0.info) })),
        ])
    }
}
