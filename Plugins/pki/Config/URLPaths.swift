// `config/urls` and `config/cluster`: where certificates say that more is to be had.

import JSON
import Paths
import PluginSDK

extension AccessURLs {
    static let fields: [Field] = [
        .stringList("issuing_certificates", default: [], "Where the issuer's certificate is."),
        .stringList("crl_distribution_points", default: [], "Where revocation lists are."),
        .stringList("delta_crl_distribution_points", default: [], "Where their deltas are."),
        .stringList("ocsp_servers", default: [], "Who answers questions about one certificate."),
        .boolean(
            "enable_aia_url_templating", default: false,
            "Whether {{issuer_id}}, {{cluster_path}} and {{cluster_aia_path}} are replaced."),
        .boolean("enable_templating", default: false, "The same, for all issuers."),
    ]

    /// With `all` also what was not given, which then is as by default.
    mutating func change(_ fields: FieldValues, all: Bool) throws(PluginError) {
        if all || fields.isPresent("enable_templating") {
            areTemplates = fields.boolean("enable_templating") ?? false
        }
        if fields.isPresent("enable_aia_url_templating") {
            areTemplates = fields.boolean("enable_aia_url_templating") ?? false
        }
        for (name, place) in [
            ("issuing_certificates", \AccessURLs.issuers),
            ("crl_distribution_points", \AccessURLs.lists),
            ("delta_crl_distribution_points", \AccessURLs.deltaLists),
            ("ocsp_servers", \AccessURLs.ocsp),
        ] where all || fields.isPresent(name) {
            self[keyPath: place] = (fields.stringList(name) ?? []).filter { !$0.isEmpty }
        }
        for url in issuers + lists + deltaLists + ocsp {
            let words = ["{{issuer_id}}", "{{cluster_path}}", "{{cluster_aia_path}}"]
            let plain =
                areTemplates
                ? words.reduce(url) { $0.replacing($1, with: "http://a") } : url
            guard plain.utf8.count <= Limits.maxAlternativeNameBytes, RequestedNames.isURI(plain)
            else {
                throw PluginError(
                    .invalidRequest, "invalid URL found in one of the lists of URLs")
            }
        }
        guard issuers.count + lists.count + deltaLists.count + ocsp.count <= Limits.maxURLs else {
            throw PluginError(.invalidRequest, "there are at most \(Limits.maxURLs) URLs")
        }
    }
}

func urlPaths(_ mount: PKIMount) -> [Path] {
    [
        Path(
            "config/urls",
            [
                .read: { _ in
                    mount.withAuthority { .answer(.data($0.authority.urls.json)) }
                },
                .update: { request in
                    let fields = try request.fields()
                    return mount.change { authority, _ in
                        try authority.urls.change(fields, all: false)
                        return .data(authority.urls.json)
                    }
                },
            ],
            fields: AccessURLs.fields, reads: [StorageKey.mark],
            help: "Where certificates say that more about their issuer is to be had."),
        Path(
            "config/cluster",
            [
                .read: { _ in
                    mount.withAuthority { .answer(.data($0.authority.clusterJSON)) }
                },
                .update: { request in
                    let fields = try request.fields()
                    return mount.change { authority, _ in
                        try authority.changeCluster(fields)
                        return .data(authority.clusterJSON)
                    }
                },
            ],
            fields: [
                .string("path", "This mount's API as others reach it."),
                .string("aia_path", "Where others read certificates and lists, if elsewhere."),
            ],
            reads: [StorageKey.mark], help: "How this mount is reached from outside."),
    ]
}

extension Authority {
    fileprivate var clusterJSON: JSONValue {
        ["path": .string(clusterPath), "aia_path": .string(clusterAIAPath)]
    }

    fileprivate mutating func changeCluster(_ fields: FieldValues) throws(PluginError) {
        for (name, place) in [
            ("path", \Authority.clusterPath), ("aia_path", \Authority.clusterAIAPath),
        ] {
            guard let text = fields.string(name) else { continue }
            guard text.isEmpty || RequestedNames.isURI(text) else {
                throw PluginError(.invalidRequest, "invalid, non-URL \(name) given to cluster")
            }
            self[keyPath: place] = text
        }
    }
}
