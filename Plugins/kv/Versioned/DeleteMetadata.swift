// `DELETE metadata/:path` removes a secret with all of its versions, for good.

import Paths
import PluginSDK

let deleteMetadata: Handler = { request in
    guard let path = request.pathToRead else { return .answer(.none) }
    return .read([StorageKey.secret(path)]) { entries in
        guard let secret = try entries.secret(path) else { return .answer(.none) }
        var batch = WriteBatch()
        batch.delete(StorageKey.secret(path))
        for number in secret.versionsStoredApart {
            batch.delete(StorageKey.version(number, of: path))
        }
        return .answer(.none, writing: batch)
    }
}
