// `DELETE data/:path` marks the newest version as deleted; what is not there is deleted already.

import Paths
import PluginSDK

let deleteSecret: Handler = { request in
    guard let path = request.pathToRead else { return .answer(.none) }
    return .read([StorageKey.secret(path)]) { entries in
        guard var secret = try entries.secret(path),
            secret.delete(version: secret.currentVersion, at: request.now)
        else { return .answer(.none) }
        var batch = WriteBatch()
        batch.put(secret, at: path)
        return .answer(.none, writing: batch)
    }
}
