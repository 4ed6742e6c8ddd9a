// What every item brings that is to be encrypted or decrypted, besides the text itself.

import Cryptography
import PluginSDK

struct CipherInput {
    var context: [UInt8]?
    var nonce: [UInt8]?
    var associatedData: [UInt8] = []

    init(_ members: Members, _ ring: KeyRing) throws {
        context = try members.context()
        nonce = try members.base64(.nonce, "failed to base64-decode nonce")
        if members.has(.associatedData) {
            associatedData =
                try members.base64(
                    .associatedData, "failed to base64-decode associated_data") ?? []
        }
        if !associatedData.isEmpty, !ring.type.supportsAssociatedData {
            throw PluginError(
                .invalidRequest,
                "associated_data is not supported for keys of type \(ring.type.name)")
        }
        if context != nil, !ring.isDerived {
            throw PluginError(
                .invalidRequest, "the key is not derived, so it takes no context")
        }
        if let padding = try members.text(.paddingScheme), !["", "oaep"].contains(padding) {
            // What was asked for is not quietly done in another way.
            throw PluginError(.invalidRequest, "unsupported padding_scheme: use \"oaep\"")
        }
    }
}

extension Members {
    func context() throws -> [UInt8]? {
        guard has(.context) else { return nil }
        let context = try base64(.context, "failed to base64-decode context")
        if let context, context.count > Limits.maxContextBytes {
            throw PluginError(
                .invalidRequest, "a context may have at most \(Limits.maxContextBytes) bytes")
        }
        return context
    }
}
