// A token is renewed with the lifetimes that its role has by then, and not without the role.

import JSON
import PluginSDK

@Sendable func renewLogin(_ request: Request) throws -> Outcome {
    let kept = try JSONValue(parsing: request.internalData)
    guard let name = kept["role_name"]?.stringValue, isPlainName(name) else {
        throw PluginError(.internalError, "failed to fetch role_name during renewal")
    }
    return .read([StorageKey.role(name)]) { entries in
        guard let role = try entries.role(name) else {
            throw PluginError(
                .invalidRequest, "role \"\(name)\" does not exist during renewal")
        }
        return .answer(role.token.renewal())
    }
}
