// A role: what its logins need, and what tokens they make.

import Cryptography
import Network
import PluginSDK

struct Role: Sendable {
    /// Names the folders of its secret ids.
    let key: [UInt8]
    /// The half of the credentials that is no secret.
    var roleID: String
    /// Whether a login needs the other half.
    var bindsSecretID = true
    /// Where logins may come from.
    var secretIDBoundCIDRs = AddressBlocks.none
    /// What a secret id has if it is made without a wish; 0 is any number, and for ever.
    var secretIDNumUses = 0
    var secretIDTTLSeconds = 0
    /// Kept and shown: there is one cluster, so every secret id is local to it.
    var hasLocalSecretIDs = false
    var token = TokenParameters()

    init(key: [UInt8] = SecureRandom.bytes(Limits.roleKeyBytes), roleID: String) {
        self.key = key
        self.roleID = roleID
    }

    /// A role that asks for nothing would let everybody in who has heard of it.
    func requireConstraint() throws(PluginError) {
        guard bindsSecretID || !secretIDBoundCIDRs.isEmpty || !token.boundCIDRs.isEmpty else {
            throw PluginError(
                .invalidRequest, "at least one constraint should be enabled on the role")
        }
    }
}
