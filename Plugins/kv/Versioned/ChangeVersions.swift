// What delete, undelete and destroy have in common: each named version is changed, those that are
// not there are passed over, and all changes are one write.

import PluginSDK

func changeVersions(
    _ request: Request, _ numbers: [UInt64],
    change: @escaping @Sendable (inout Secret, UInt64, EngineSettings) -> Bool
) -> Outcome {
    guard let path = request.pathToRead else { return .answer(.none) }
    return .read([StorageKey.settings, StorageKey.secret(path)]) { entries in
        let settings = try entries.settings()
        guard var secret = try entries.secret(path) else { return .answer(.none) }
        let before = secret
        for number in numbers { _ = change(&secret, number, settings) }
        if secret == before { return .answer(.none) }

        var batch = WriteBatch()
        batch.put(secret, at: path)
        let storedBefore = before.versionsStoredApart
        let storedAfter = Set(secret.versionsStoredApart)
        for number in storedBefore where !storedAfter.contains(number) {
            batch.delete(StorageKey.version(number, of: path))
        }
        return .answer(.none, writing: batch)
    }
}
