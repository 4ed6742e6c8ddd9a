// `GET data/:path` returns one version; a deleted or destroyed one answers 404 with its metadata.

import Paths
import PluginSDK

let readSecret: Handler = { request in
    try readVersion(request) { number, version, secret, data in
        .version(number, version, of: secret, "data", data: data)
    }
}

/// Finds the version that the request asks for and makes the answer of it; `data` is nil if it is
/// deleted or destroyed. A missing version answers 404 with nothing.
func readVersion(
    _ request: Request,
    answer: @escaping @Sendable (UInt64, SecretVersion, Secret, ArraySlice<UInt8>?) throws -> Answer
) throws -> Outcome {
    guard let path = request.pathToRead else { return .answer(.none) }
    let asked = request.data.isEmpty ? 0 : try request.fields().integer("version") ?? 0
    return .read([StorageKey.secret(path)]) { entries in
        guard let secret = try entries.secret(path) else { return .answer(.none) }
        let number = asked > 0 ? UInt64(asked) : secret.currentVersion
        guard let version = secret.version(number) else { return .answer(.none) }
        if !version.isReadable(at: request.now) {
            return .answer(try answer(number, version, secret, nil))
        }
        if number == secret.currentVersion {
            return .answer(try answer(number, version, secret, secret.newestData))
        }
        return .read([StorageKey.version(number, of: path)]) { entries in
            // Pruned or destroyed since the metadata were read, so by now it is missing.
            guard let data = try entries.data(ofVersion: number, of: path) else {
                return .answer(.none)
            }
            return .answer(try answer(number, version, secret, data))
        }
    }
}
