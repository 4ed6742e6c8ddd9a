// A token is renewed with the lifetimes that its user has by then, and not if the user is gone or
// has other policies: the token would keep the old ones.

import JSON
import PluginSDK

@Sendable func renewLogin(_ request: Request) throws -> Outcome {
    let kept = try JSONValue(parsing: request.internalData)
    guard let name = kept["username"]?.stringValue, isPlainName(name) else {
        throw PluginError(.internalError, "failed to fetch username during renewal")
    }
    return .read([StorageKey.user(name)]) { entries in
        guard let user = try entries.user(name) else {
            throw PluginError(.invalidRequest, "the user is gone, not renewing")
        }
        guard try user.token.hasPolicies(ofRenewal: request) else {
            throw PluginError(.invalidRequest, "policies have changed, not renewing")
        }
        return .answer(user.token.renewal())
    }
}
