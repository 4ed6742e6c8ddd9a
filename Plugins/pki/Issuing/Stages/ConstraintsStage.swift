// An issuer whose own certificate bounds the names that it may certify signs no others: who checks
// the chain would refuse them.

import Certificates
import PluginSDK

enum ConstraintsStage {
    static func validate(_ draft: inout Draft) throws(PluginError) {
        let constraints = draft.issuer.constraints
        guard !constraints.isEmpty else { return }
        var names = draft.names
        // Some who check take a leaf's common name for the name of a host. An authority's is the
        // name of an authority.
        if !draft.isAuthority, let name = RequestedNames.alternative(of: draft.commonName) {
            names.append(name)
        }
        for name in names where !constraints.allow(name) {
            throw PluginError(
                .invalidRequest,
                "a name of the certificate is outside of the issuer's name constraints")
        }
    }
}
