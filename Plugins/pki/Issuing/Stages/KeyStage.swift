// The key of a client's request must be of the kind and size that the role asks for.

import Cryptography
import PluginSDK

enum KeyStage {
    static func validate(_ draft: inout Draft) throws(PluginError) {
        guard draft.signingRequest != nil else { return }
        let role = draft.role
        let kind = draft.publicKey.kind
        guard role.keyType != "any" else { return }
        guard kind.typeName == role.keyType else {
            throw PluginError(
                .invalidRequest, "role requires keys of type \(role.keyType)")
        }
        guard kind.bits >= role.keyBits else {
            throw PluginError(
                .invalidRequest,
                "role requires a minimum of a \(role.keyBits)-bit key, but CSR's key is "
                    + "\(kind.bits) bits")
        }
    }
}
