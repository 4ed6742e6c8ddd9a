// `POST delete/:path` marks versions as deleted; undelete takes it back.

import Paths
import PluginSDK

let deleteVersionsPath = Path(
    "delete/:path*",
    [.create: deleteVersions, .update: deleteVersions],
    fields: [
        .string("path", "Location of the secret."),
        .stringList("versions", "The versions to mark as deleted."),
    ],
    reads: [StorageKey.settings, StorageKey.secret("{path}")],
    help: "Mark versions of a secret as deleted.",
    description: "Their data stay, are no longer returned by reads, and undelete restores them.")

private let deleteVersions: Handler = { request in
    let numbers = try request.versionNumbers(whenNone: "No version number provided")
    return changeVersions(request, numbers) { secret, number, _ in
        secret.delete(version: number, at: request.now)
    }
}
