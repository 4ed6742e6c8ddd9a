// `POST undelete/:path` takes back the deletion of versions whose data are still there.

import Paths
import PluginSDK

let undeleteVersionsPath = Path(
    "undelete/:path*",
    [.create: undeleteVersions, .update: undeleteVersions],
    fields: [
        .string("path", "Location of the secret."),
        .stringList("versions", "The versions to restore."),
    ],
    reads: [StorageKey.settings, StorageKey.secret("{path}")],
    help: "Restore deleted versions of a secret.",
    description: "A version whose lifetime is limited gets a new lifetime from now on.")

private let undeleteVersions: Handler = { request in
    let numbers = try request.versionNumbers(whenNone: "No version number provided")
    return changeVersions(request, numbers) { secret, number, settings in
        secret.undelete(version: number, at: request.now, under: settings)
    }
}
