// `PATCH metadata/:path` merges into a secret's settings (RFC 7396): `null` sets one back to its
// default, or removes a key of the custom metadata. The secret must exist.

import JSON
import Paths
import PluginSDK

let patchMetadata: Handler = { request in
    let path = try request.pathToWrite()
    var changes = try SettingChanges(request)
    changes.resetNulls(of: request)
    try requireLifetime(changes)
    let patch = try CustomMetadataPatch(request)

    return .read([StorageKey.settings, StorageKey.secret(path)]) { [changes] entries in
        guard var secret = try entries.secret(path) else { throw PluginError(.notFound, "") }
        let settings = try entries.settings()
        secret.apply(changes)
        secret.customMetadata = try patch.applied(to: secret.customMetadata)
        return putMetadata(secret, at: path, changes, under: settings)
    }
}

extension SettingChanges {
    fileprivate mutating func resetNulls(of request: Request) {
        func isNull(_ name: String) -> Bool {
            request.member(name) == nil && JSONScanner.member(name, in: request.data) != nil
        }
        if isNull("max_versions") { maxVersions = 0 }
        if isNull("cas_required") { isCheckAndSetRequired = false }
        if isNull("delete_version_after") { deleteVersionAfterSeconds = 0 }
    }
}

private enum CustomMetadataPatch {
    case untouched
    case removed
    case merged(JSONObject)

    init(_ request: Request) throws(PluginError) {
        guard JSONScanner.member("custom_metadata", in: request.data) != nil else {
            self = .untouched
            return
        }
        guard let object = try request.objectMember("custom_metadata")?.parsed().objectValue else {
            self = .removed
            return
        }
        // Refused before the secret is read: a bad patch of a missing secret is a bad patch.
        _ = try CustomMetadata().patched(with: object)
        self = .merged(object)
    }

    func applied(to metadata: CustomMetadata) throws(PluginError) -> CustomMetadata {
        switch self {
        case .untouched: metadata
        case .removed: CustomMetadata()
        case .merged(let object): try metadata.patched(with: object)
        }
    }
}
