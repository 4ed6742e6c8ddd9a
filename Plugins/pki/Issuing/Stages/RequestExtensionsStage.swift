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
            // What bounds an authority is taken over too, or it could do more than it asked for.
            if let value = request.value(.nameConstraints) {
                draft.set(try constraints(value, limits))
            }
            draft.requestedPathLength = try pathLength(request)
        }
    }

    /// RFC 5280, 4.2.1.10: critical in any case.
    private static func constraints(
        _ value: [UInt8], _ limits: AuthorityLimits
    ) throws(PluginError) -> CertificateExtension {
        do throws(CertificateError) { _ = try NameConstraints(der: value) } catch {
            throw PluginError(error)
        }
        guard limits.constraints.isEmpty || limits.constraints.asExtension.value == value else {
            throw PluginError(
                .invalidRequest,
                "the CSR has name constraints other than those of the parameters: with "
                    + "use_csr_values they are given by one of the two")
        }
        return CertificateExtension(.nameConstraints, critical: true, value)
    }

    private static func pathLength(_ request: SigningRequest) throws(PluginError) -> Int? {
        guard let value = request.value(.basicConstraints) else { return nil }
        do throws(CertificateError) {
            return try BasicConstraints(der: value).pathLength
        } catch { throw PluginError(error) }
    }

    private static let ignored =
        "specified CSR contained a Basic Constraints extension that was ignored during issuance"

    /// What the engine says for itself, whatever the client thinks of it.
    private static let own: Set<ObjectIdentifier> = [
        .basicConstraints, .subjectKeyIdentifier, .authorityKeyIdentifier, .nameConstraints,
        .subjectAltName, .authorityInformationAccess, .crlDistributionPoints, .freshestCRL,
    ]
}
