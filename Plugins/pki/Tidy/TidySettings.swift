// What a tidy removes, and when.

import JSON
import Paths
import PluginSDK

struct TidySettings: Sendable {
    var certificates = false
    var revoked = false
    var invalid = false
    var expiredIssuers = false
    var safetySeconds = 72 * 3_600
    var revokedSafetySeconds: Int?
    var issuerSafetySeconds = 8_760 * 3_600
    var pageSize = Limits.tidyPageCertificates

    static let fields: [Field] = [
        .boolean("tidy_cert_store", "Whether expired certificates are removed."),
        .boolean("tidy_revoked_certs", "Whether expired ones that were revoked are removed."),
        .boolean("tidy_invalid_certs", "Whether entries that are no certificate are removed."),
        .boolean("tidy_expired_issuers", "Whether expired issuers are removed."),
        .boolean("tidy_revoked_cert_issuer_associations", "Taken, and needs nothing to be done."),
        .boolean("tidy_move_legacy_ca_bundle", "Taken, and needs nothing to be done."),
        .boolean("tidy_acme", "Taken; there is no ACME yet."),
        .duration("safety_buffer", "How long expired certificates are kept."),
        .duration("revoked_safety_buffer", "How long they are kept if they were revoked."),
        .duration("issuer_safety_buffer", "How long expired issuers are kept."),
        .string("pause_duration", "Taken, and not needed: a tidy holds nobody up."),
        .integer("page_size", "How many certificates are looked at between two writes."),
    ]

    init() {}

    mutating func change(_ fields: FieldValues) throws(PluginError) {
        for (name, place) in [
            ("tidy_cert_store", \TidySettings.certificates), ("tidy_revoked_certs", \.revoked),
            ("tidy_invalid_certs", \.invalid), ("tidy_expired_issuers", \.expiredIssuers),
        ] {
            if let flag = fields.boolean(name) { self[keyPath: place] = flag }
        }
        if let seconds = fields.duration("safety_buffer") { safetySeconds = seconds }
        if let seconds = fields.duration("revoked_safety_buffer") { revokedSafetySeconds = seconds }
        if let seconds = fields.duration("issuer_safety_buffer") { issuerSafetySeconds = seconds }
        if let size = fields.integer("page_size") {
            pageSize = min(
                max(size, Limits.minTidyPageCertificates), Limits.tidyPageCertificates)
        }
    }

    static let operations =
        "tidy_cert_store / tidy_revoked_certs / tidy_invalid_certs / tidy_expired_issuers"

    var looksAtCertificates: Bool { certificates || revoked || invalid }

    var removesSomething: Bool { certificates || revoked || invalid || expiredIssuers }

    var json: JSONValue {
        [
            "tidy_cert_store": .bool(certificates), "tidy_revoked_certs": .bool(revoked),
            "tidy_invalid_certs": .bool(invalid), "tidy_expired_issuers": .bool(expiredIssuers),
            "safety_buffer": .int(safetySeconds),
            "revoked_safety_buffer": .int(revokedSafetySeconds ?? safetySeconds),
            "issuer_safety_buffer": .int(issuerSafetySeconds), "page_size": .int(pageSize),
            "pause_duration": "0s", "tidy_revoked_cert_issuer_associations": false,
            "tidy_move_legacy_ca_bundle": false,
        ]
    }

    init(_ json: JSONValue) {
        func flag(_ name: String) -> Bool { json[name]?.boolValue ?? false }
        certificates = flag("tidy_cert_store")
        revoked = flag("tidy_revoked_certs")
        invalid = flag("tidy_invalid_certs")
        expiredIssuers = flag("tidy_expired_issuers")
        safetySeconds = json["safety_buffer"]?.intValue ?? safetySeconds
        revokedSafetySeconds = json["revoked_safety_buffer"]?.intValue
        issuerSafetySeconds = json["issuer_safety_buffer"]?.intValue ?? issuerSafetySeconds
        pageSize = json["page_size"]?.intValue ?? pageSize
    }
}
