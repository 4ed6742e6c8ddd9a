// The path that every test plugin has where it matters whether data arrive, stay and come back.

import Paths
import PluginSDK

extension Path {
    static let keepingData = Path(
        "data/:key",
        [
            .read: { request in
                let key = "data/" + (request.captures["key"] ?? "")
                return .read([key]) { entries in
                    guard let value = entries[key] else { return .answer(.none) }
                    return .answer(.json(value))
                }
            },
            .update: { request in
                var batch = WriteBatch()
                batch.put("data/" + (request.captures["key"] ?? ""), request.data)
                return .answer(.none, writing: batch)
            },
        ], reads: [.read: ["data/{key}"]], help: "Keeps what it was told.")
}
