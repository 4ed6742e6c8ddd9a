// A token of a login is to be renewed: its role decides, as it is now.

import JSON
import PluginSDK

let renewLogin: Handler = { request in
    let kept = try? JSONValue(parsing: request.internalData)
    guard let name = kept?["role"]?.stringValue, let key = Role.storageKey(name) else {
        throw PluginError(.internalError, "the login's role is not known any more")
    }
    return .read([key]) { entries in
        guard let record = entries[key] else {
            throw PluginError(.invalidRequest, "role \(name) does not exist during renewal")
        }
        return .answer(try Role(record: record).token.renewal())
    }
}
