// `POST metadata/:path` changes a secret's settings, and makes a secret without versions if there
// is none. What the request does not name stays.

import JSON
import Paths
import PluginSDK

let writeMetadata: Handler = { request in
    let path = try request.pathToWrite()
    let changes = try SettingChanges(request)
    try requireLifetime(changes)
    let customMetadata = try request.customMetadata()
    if changes.isEmpty && customMetadata == nil { return .answer(.none) }

    return .read([StorageKey.settings, StorageKey.secret(path)]) { entries in
        let settings = try entries.settings()
        var secret = try entries.secret(path) ?? Secret(createdAt: request.now)
        secret.apply(changes)
        if let customMetadata { secret.customMetadata = customMetadata }
        return putMetadata(secret, at: path, changes, under: settings)
    }
}

/// The last step of a write and of a patch.
func putMetadata(
    _ secret: Secret, at path: String, _ changes: SettingChanges, under settings: EngineSettings
) -> Outcome {
    var answer = Answer.none
    if changes.isCheckAndSetRequired == false && settings.isCheckAndSetRequired {
        answer.warnings = [
            "\"cas_required\" set to false, but is mandated by backend config. "
                + "This value will be ignored."
        ]
    }
    var batch = WriteBatch()
    batch.put(secret, at: path)
    return .answer(answer, writing: batch)
}

/// A mount may switch lifetimes off; a secret can only have one or none.
func requireLifetime(_ changes: SettingChanges) throws(PluginError) {
    if let seconds = changes.deleteVersionAfterSeconds, seconds < 0 {
        throw PluginError(
            .invalidRequest,
            "error converting input for field \"delete_version_after\": "
                + "cannot provide negative value")
    }
}

extension Secret {
    mutating func apply(_ changes: SettingChanges) {
        if let maxVersions = changes.maxVersions { self.maxVersions = maxVersions }
        if let required = changes.isCheckAndSetRequired { isCheckAndSetRequired = required }
        if let seconds = changes.deleteVersionAfterSeconds { deleteVersionAfterSeconds = seconds }
    }
}

extension Request {
    /// The pairs that replace the secret's; nil if the request does not name them. `null` is none.
    fileprivate func customMetadata() throws(PluginError) -> CustomMetadata? {
        guard JSONScanner.member("custom_metadata", in: data) != nil else { return nil }
        guard let object = try objectMember("custom_metadata")?.parsed().objectValue else {
            return CustomMetadata()
        }
        return try CustomMetadata(validating: object)
    }
}
