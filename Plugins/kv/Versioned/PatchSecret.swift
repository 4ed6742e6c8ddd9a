// `PATCH data/:path` makes a new version by merging into the newest one (RFC 7396).

import JSON
import Paths
import PluginSDK

let patchSecret: Handler = { request in
    let path = try request.pathToWrite()
    guard let patch = try request.objectMember("data") else {
        throw PluginError(.invalidRequest, "no data provided")
    }
    let checkAndSet = try CheckAndSet(request)
    return .read([StorageKey.settings, StorageKey.secret(path)]) { entries in
        guard let secret = try entries.secret(path) else { throw PluginError(.notFound, "") }
        let settings = try entries.settings()
        try checkAndSet.require(secret, under: settings)
        guard let version = secret.version(secret.currentVersion) else {
            throw PluginError(.notFound, "")
        }
        guard version.isReadable(at: request.now), let current = secret.newestData else {
            var answer = Answer.writtenVersion(of: secret)
            answer.status = 404
            return .answer(answer)
        }
        let merged = try merge(patch, into: current)
        return addVersion(merged[...], to: secret, at: path, request.now, under: settings)
    }
}

private func merge(
    _ patch: ArraySlice<UInt8>, into current: ArraySlice<UInt8>
) throws(PluginError) -> [UInt8] {
    var value = try current.parsed()
    value.mergePatch(try patch.parsed())
    let merged = value.encoded()
    try requireAllowedSize(merged[...])
    // Two allowed objects can make one with too many members.
    do { try JSONScanner.validate(merged) } catch {
        throw PluginError(.invalidRequest, "the patched secret is too large: \(error)")
    }
    return merged
}
