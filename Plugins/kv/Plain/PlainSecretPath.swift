// Version 1's only path: every path is a secret, and every path with a slash at its end a folder.

import JSON
import Paths
import PluginSDK

/// It declares no fields: a secret may have members of any name and kind.
func plainSecretPath(defaultLeaseSeconds: UInt64) -> Path {
    Path(
        ":path*?",
        [
            .read: { request in
                try readPlainSecret(request, defaultLeaseSeconds: defaultLeaseSeconds)
            },
            .create: writePlainSecret,
            .update: writePlainSecret,
            .delete: deletePlainSecret,
            .list: listPlainSecrets,
        ],
        reads: [
            .read: [StorageKey.plain("{path}")],
            .create: [StorageKey.upgrade],
            .update: [StorageKey.upgrade],
            .delete: [StorageKey.upgrade],
        ],
        existence: StorageKey.plain("{path}"),
        help: "Store, read, list and delete secrets.",
        description: """
            Whatever is written to a path is returned as it came when the path is read. A field \
            "ttl" (or "lease") in the secret becomes the answer's lease_duration, as a hint to the \
            reader when to read again; nothing is revoked by it.
            """)
}

private func readPlainSecret(_ request: Request, defaultLeaseSeconds: UInt64) throws -> Outcome {
    guard let path = request.pathToRead else { return .answer(.none) }
    return .read([StorageKey.plain(path)]) { entries in
        guard let data = try entries.plainSecret(path) else { return .answer(.none) }
        var answer = Answer.json(Array(data))
        answer.leaseDurationSeconds = LeaseHint.seconds(in: data) ?? defaultLeaseSeconds
        return .answer(answer)
    }
}

private let writePlainSecret: Handler = { request in
    let path = try request.pathToWrite()
    let data = request.data[...].trimmed
    guard data.first == UInt8(ascii: "{"), !data.isEmptyJSONObject else {
        throw PluginError(.invalidRequest, "missing data fields")
    }
    try requireAllowedSize(data)
    // The write is conditional on the upgrade state that was read, so that no write of version 1
    // can land in a mount that an upgrade is working on.
    return .read([StorageKey.upgrade]) { entries in
        try requireNeverUpgraded(entries)
        var batch = WriteBatch()
        batch.put(StorageKey.plain(path), DataRecord.encode(data))
        return .answer(.none, writing: batch)
    }
}

private let deletePlainSecret: Handler = { request in
    guard let path = request.pathToRead else { return .answer(.none) }
    return .read([StorageKey.upgrade]) { entries in
        try requireNeverUpgraded(entries)
        var batch = WriteBatch()
        batch.delete(StorageKey.plain(path))
        return .answer(.none, writing: batch)
    }
}

private let listPlainSecrets: Handler = { request in
    NameListing(prefix: StorageKey.plainPrefix, path: request.captures["path"] ?? "").outcome()
}
