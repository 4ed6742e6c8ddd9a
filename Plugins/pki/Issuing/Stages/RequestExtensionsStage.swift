// Extensions of a client's request: taken over where it counts as it is, and never those that make
// an authority.

import Certificates
import PluginSDK

enum RequestExtensionsStage {
    static func take(_ draft: inout Draft) throws(PluginError) {
        guard let request = draft.signingRequest else { return }
        let asksForAuthority = request.value(.basicConstraints) != nil
        switch draft.kind {
        case .endEntity:
            if asksForAuthority { draft.warnings.append(ignored) }
        case .verbatim:
            if asksForAuthority { draft.warnings.append(ignored) }
            for value in request.extensions where !own.contains(value.oid) { draft.set(value) }
        case .authority(let limits):
            guard limits.usesRequestValues else { return }
            for value in request.extensions where !own.contains(value.oid) { draft.set(value) }
        }
    }

    private static let ignored =
        "specified CSR contained a Basic Constraints extension that was ignored during issuance"

    /// What the engine says for itself, whatever the client thinks of it.
    private static let own: Set<ObjectIdentifier> = [
        .basicConstraints, .subjectKeyIdentifier, .authorityKeyIdentifier, .nameConstraints,
        .subjectAltName, .authorityInformationAccess, .crlDistributionPoints, .freshestCRL,
    ]
}
