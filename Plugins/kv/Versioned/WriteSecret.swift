// `POST data/:path` makes a new version of a secret.

import Clock
import JSON
import Paths
import PluginSDK

let writeSecret: Handler = { request in
    let path = try request.pathToWrite()
    guard let data = try request.objectMember("data") else {
        throw PluginError(.invalidRequest, "no data provided")
    }
    try requireAllowedSize(data)
    let checkAndSet = try CheckAndSet(request)
    return .read([StorageKey.settings, StorageKey.secret(path)]) { entries in
        let settings = try entries.settings()
        let existing = try entries.secret(path)
        try checkAndSet.require(existing, under: settings)
        let secret = existing ?? Secret(createdAt: request.now)
        return addVersion(data, to: secret, at: path, request.now, under: settings)
    }
}

/// The last step of a write and of a patch.
func addVersion(
    _ data: ArraySlice<UInt8>, to secret: Secret, at path: String, _ now: Timestamp,
    under settings: EngineSettings
) -> Outcome {
    var secret = secret
    let succession = secret.add(data, at: now, under: settings)
    var batch = WriteBatch()
    batch.put(secret, at: path, after: succession)
    return .answer(.writtenVersion(of: secret), writing: batch)
}

extension Answer {
    /// What is known of the newest version.
    static func writtenVersion(of secret: Secret) -> Answer {
        guard let version = secret.version(secret.currentVersion) else { return .none }
        var writer = JSONWriter(reservingCapacity: 192)
        writer.beginObject()
        writer.versionMembers(secret.currentVersion, version, of: secret)
        writer.endObject()
        return .json(writer.bytes)
    }
}
