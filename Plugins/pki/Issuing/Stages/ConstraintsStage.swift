// An issuer whose own certificate bounds the names that it may certify signs no others: who checks
// the chain would refuse them.

import Certificates
import PluginSDK

enum ConstraintsStage {
    static func validate(_ draft: inout Draft) throws(PluginError) {
        let constraints = draft.issuer.constraints
        guard !constraints.isEmpty else { return }
        // Some who check take a common name for the name of a host.
        let common = RequestedNames.alternative(of: draft.commonName)
        for name in draft.names + [common].compactMap({ $0 }) where !constraints.allow(name) {
            throw PluginError(
                .invalidRequest,
                "a name of the certificate is outside of the issuer's name constraints")
        }
    }
}
