// From when until when: within the bounds of the role, the mount and the issuer.

import Certificates
import Paths
import PluginSDK

enum ValidityStage {
    static func enforce(_ draft: inout Draft) throws(PluginError) {
        let rules = draft.role.validity
        draft.notBefore = try notBefore(draft, rules)
        let longest = longestSeconds(draft)
        if let wanted = draft.request.notAfter {
            draft.notAfter = try bounded(wanted, draft, rules, longest)
        } else if let fixed = rules.after, draft.request.ttlSeconds == nil {
            draft.notAfter = fixed
        } else {
            draft.notAfter = draft.now.adding(seconds: Int64(ttl(&draft, longest)))
        }
        guard draft.notAfter > draft.notBefore, draft.notAfter > draft.now else {
            throw PluginError(
                .invalidRequest, "the certificate would end before it begins, or is over already")
        }
        try limitToIssuer(&draft)
    }

    private static func notBefore(
        _ draft: Draft, _ rules: ValidityRules
    ) throws(PluginError) -> CertificateTime {
        let usual = draft.now.adding(seconds: -Int64(rules.beforeSeconds))
        guard let wanted = draft.request.notBefore else { return rules.before ?? usual }
        switch rules.beforeBound {
        case .permit: break
        case .forbid:
            throw PluginError(.invalidRequest, "the role forbids not_before")
        case .duration:
            let latest = draft.now.adding(seconds: Int64(rules.beforeSeconds))
            guard wanted >= usual, wanted <= latest else {
                throw PluginError(
                    .invalidRequest, "not_before is outside of the role's not_before_duration")
            }
        }
        return wanted
    }

    private static func bounded(
        _ wanted: CertificateTime, _ draft: Draft, _ rules: ValidityRules, _ longest: Int
    ) throws(PluginError) -> CertificateTime {
        switch rules.afterBound {
        case .permit: return wanted
        case .forbid: throw PluginError(.invalidRequest, "the role forbids not_after")
        case .ttlLimited:
            guard wanted <= draft.now.adding(seconds: Int64(longest)) else {
                throw PluginError(.invalidRequest, "not_after is beyond the role's max_ttl")
            }
        case .until(let latest):
            guard wanted <= latest else {
                throw PluginError(.invalidRequest, "not_after is beyond the role's not_after_bound")
            }
        }
        return wanted
    }

    private static func longestSeconds(_ draft: Draft) -> Int {
        let role = draft.role.maxTTLSeconds
        return role == 0 ? draft.mount.maxTTLSeconds : min(role, draft.mount.maxTTLSeconds)
    }

    private static func ttl(_ draft: inout Draft, _ longest: Int) -> Int {
        let wanted = draft.request.ttlSeconds
        let usual =
            draft.role.ttlSeconds == 0 ? draft.mount.defaultTTLSeconds : draft.role.ttlSeconds
        let ttl = wanted ?? usual
        guard ttl > longest else { return ttl }
        if wanted != nil {
            draft.warnings.append(
                "TTL \"\(DurationText.text(seconds: ttl))\" is longer than permitted maxTTL "
                    + "\"\(DurationText.text(seconds: longest))\", so maxTTL is being used")
        }
        return longest
    }

    private static func limitToIssuer(_ draft: inout Draft) throws(PluginError) {
        let end = draft.issuer.issuer.certificate.notAfter
        guard end > draft.now else {
            throw PluginError(.invalidRequest, "the issuer's own certificate has expired")
        }
        guard draft.notAfter > end else { return }
        var behavior = draft.issuer.issuer.notAfterBehavior
        if case .authority(let limits) = draft.kind, limits.mayOutliveIssuer { behavior = .permit }
        switch behavior {
        case .permit: break
        case .truncate: draft.notAfter = end
        case .refuse:
            throw PluginError(
                .invalidRequest,
                "cannot satisfy request, as TTL would result in notAfter of "
                    + "\(draft.notAfter.rfc3339) that is beyond the expiration of the CA "
                    + "certificate at \(end.rfc3339)")
        }
    }
}
