// `config/crl`: how revocation lists and status answers are made.

import Cryptography
import JSON
import Paths
import PluginSDK

func listConfigPath(_ mount: PKIMount) -> Path {
    Path(
        "config/crl",
        [
            .read: { _ in mount.withAuthority { .answer(.data($0.authority.lists.json)) } },
            .update: { request in
                let fields = try request.fields()
                return mount.change { authority, _ in
                    try authority.lists.change(fields)
                    return .data(authority.lists.json, warnings: ofClusters(fields))
                }
            },
        ],
        fields: [
            .duration("expiry", "How long a list is valid."),
            .boolean("disable", "Whether lists are empty."),
            .boolean("ocsp_disable", "Whether questions about certificates are refused."),
            .duration("ocsp_expiry", "How long an answer about a certificate may be kept."),
            .boolean("auto_rebuild", "Whether lists are made by time and not by revocations."),
            .duration("auto_rebuild_grace_period", "How long before its end a list is replaced."),
            .boolean("enable_delta", "Whether there are lists of what has changed."),
            .duration("delta_rebuild_interval", "How old such a list may be."),
            .boolean(
                "allow_expired_certificate_revocation",
                "Whether expired certificates can be revoked."),
            .boolean(
                "ocsp_delegated",
                "Whether answers about certificates are signed by a responder that the issuer has "
                    + "certified for this, and not by the issuer's own key."),
            .duration("ocsp_responder_ttl", "How long such a responder's certificate is valid."),
            .string("ocsp_responder_key_type", "Its key: ec, rsa or ed25519."),
        ] + clusterFields.map { .boolean($0, "Of clusters, which there are not: ignored.") },
        reads: [StorageKey.mark], help: "How revocation lists and status answers are made.")
}

private let clusterFields = [
    "cross_cluster_revocation", "unified_crl", "unified_crl_on_existing_paths",
]

private func ofClusters(_ fields: FieldValues) -> [String] {
    let asked = clusterFields.filter { fields.boolean($0) == true }
    if asked.isEmpty { return [] }
    return [
        "\(asked.joined(separator: ", ")) ignored: there is one cluster, whose lists and OCSP "
            + "answers know of all revocations"
    ]
}

extension ListSettings {
    fileprivate mutating func change(_ fields: FieldValues) throws(PluginError) {
        for (name, place) in [
            ("expiry", \ListSettings.expirySeconds), ("ocsp_expiry", \.ocspExpirySeconds),
            ("auto_rebuild_grace_period", \.gracePeriodSeconds),
            ("delta_rebuild_interval", \.deltaIntervalSeconds),
            ("ocsp_responder_ttl", \.responder.ttlSeconds),
        ] {
            if let seconds = fields.duration(name) { self[keyPath: place] = seconds }
        }
        for (name, place) in [
            ("disable", \ListSettings.isDisabled), ("ocsp_disable", \.isOCSPDisabled),
            ("ocsp_delegated", \.delegatesOCSP),
            ("auto_rebuild", \.rebuildsByItself), ("enable_delta", \.hasDelta),
            ("allow_expired_certificate_revocation", \.allowsExpired),
        ] {
            if let flag = fields.boolean(name) { self[keyPath: place] = flag }
        }
        if let type = fields.string("ocsp_responder_key_type") {
            responder.keyKind = try KeyKind(type: type, bits: 0)
        }
        guard responder.ttlSeconds >= Limits.minResponderSeconds else {
            throw PluginError(.invalidRequest, "ocsp_responder_ttl is at least an hour")
        }
        guard expirySeconds >= 60 else {
            throw PluginError(.invalidRequest, "the expiry of lists is at least a minute")
        }
        if rebuildsByItself, gracePeriodSeconds >= expirySeconds {
            throw PluginError(
                .invalidRequest,
                "CRL auto-rebuilding grace period (\(gracePeriodSeconds)s) must be strictly "
                    + "shorter than CRL expiry (\(expirySeconds)s) value when auto-rebuilding of "
                    + "CRLs is enabled")
        }
        if hasDelta, !rebuildsByItself {
            throw PluginError(
                .invalidRequest, "Delta CRLs cannot be enabled when auto rebuilding is disabled")
        }
        if hasDelta, deltaIntervalSeconds >= expirySeconds {
            throw PluginError(
                .invalidRequest,
                "Delta CRL rebuild window must be strictly shorter than CRL expiry")
        }
    }
}
