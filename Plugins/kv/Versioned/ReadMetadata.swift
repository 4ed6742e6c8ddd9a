// `GET metadata/:path` returns all that is known of a secret but its data.

import Clock
import JSON
import Paths
import PluginSDK

let readMetadata: Handler = { request in
    guard let path = request.pathToRead else { return .answer(.none) }
    return .read([StorageKey.secret(path)]) { entries in
        guard let secret = try entries.secret(path) else { return .answer(.none) }
        return .answer(.json(metadataJSON(of: secret)))
    }
}

private func metadataJSON(of secret: Secret) -> [UInt8] {
    var writer = JSONWriter(reservingCapacity: 384 + 160 * secret.versions.count)
    writer.beginObject()
    writer.member("cas_required", secret.isCheckAndSetRequired)
    writer.time("created_time", secret.created)
    writer.member("current_version", secret.currentVersion)
    writer.customMetadata(secret.customMetadata)
    writer.member(
        "delete_version_after", DurationText.text(seconds: Int(secret.deleteVersionAfterSeconds)))
    writer.member("max_versions", Int(secret.maxVersions))
    writer.member("oldest_version", secret.oldestVersion)
    writer.time("updated_time", secret.updated)
    writer.key("versions")
    writer.beginObject()
    for (number, version) in zip(secret.firstKeptVersion..., secret.versions) {
        writer.key(String(number))
        writer.beginObject()
        writer.time("created_time", version.created)
        writer.time("deletion_time", version.deletion)
        writer.member("destroyed", version.isDestroyed)
        writer.endObject()
    }
    writer.endObject()
    writer.endObject()
    return writer.bytes
}
