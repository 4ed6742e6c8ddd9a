// What a certificate may be used for. This comes after everything that a client can say.

import Certificates
import PluginSDK

enum PurposeStage {
    static func enforce(_ draft: inout Draft) throws(PluginError) {
        switch draft.kind {
        case .authority(let limits): try enforce(limits, &draft)
        case .verbatim: addDefaults(&draft)
        case .endEntity:
            addDefaults(&draft)
            if !draft.role.policies.isEmpty { draft.set(.certificatePolicies(draft.role.policies)) }
        }
    }

    /// A key that signs certificates or lists belongs to an authority (RFC 5280, 4.2.1.3 and
    /// 4.2.1.9).
    static let ofAuthorities: Set<KeyUsage> = [.certSign, .crlSign]
    static let leftOut =
        "the key usages CertSign and CRLSign are for authorities: they are left out of certificates"

    private static func addDefaults(_ draft: inout Draft) {
        let role = draft.role
        if role.marksEndEntities {
            draft.set(.basicConstraints(isAuthority: false, pathLength: nil))
        }
        let asked = draft.keyUsage ?? role.keyUsage
        let usage = asked.subtracting(ofAuthorities)
        if usage != asked { draft.warnings.append(leftOut) }
        draft.extensions.removeAll { $0.oid == .keyUsage }
        if !usage.isEmpty { draft.set(.keyUsage(usage)) }
        if !draft.has(.extendedKeyUsage), !role.extendedKeyUsage.isEmpty {
            draft.set(.extendedKeyUsage(role.extendedKeyUsage))
        }
    }

    private static func enforce(
        _ limits: AuthorityLimits, _ draft: inout Draft
    ) throws(PluginError) {
        let above = draft.issuer.issuer.certificate.authority
        // The request's and the parameter's, whichever is narrower.
        var length = [limits.pathLength, draft.requestedPathLength].compactMap(\.self).min()
        if let most = above.pathLength {
            guard most > 0 else {
                throw PluginError(
                    .invalidRequest,
                    "signing certificate has a max path length of zero, and cannot issue further "
                        + "CA certificates")
            }
            if let wanted = length, wanted >= most {
                throw PluginError(
                    .invalidRequest,
                    "the path length must be less than the signing certificate's, which is "
                        + "\(most)")
            }
            length = length ?? most - 1
        }
        draft.set(.basicConstraints(isAuthority: true, pathLength: length))
        draft.set(
            .keyUsage((draft.keyUsage ?? draft.role.keyUsage).union([.certSign, .crlSign])))
        if !draft.has(.extendedKeyUsage), !draft.role.extendedKeyUsage.isEmpty {
            draft.set(.extendedKeyUsage(draft.role.extendedKeyUsage))
        }
        if !limits.constraints.isEmpty { draft.set(limits.constraints.asExtension) }
    }
}

extension Draft {
    fileprivate var keyUsage: Set<KeyUsage>? {
        guard let value = extensions.first(where: { $0.oid == .keyUsage })?.value else {
            return nil
        }
        var reader = DERReader(value)
        return (try? reader.namedBits()).map { Set($0.compactMap(KeyUsage.init(rawValue:))) }
    }
}
