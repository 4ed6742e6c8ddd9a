// `PUT destroy/:path` removes the data of versions for good; their metadata stay.

import Paths
import PluginSDK

let destroyVersionsPath = Path(
    "destroy/:path*",
    [.create: destroyVersions, .update: destroyVersions],
    fields: [
        .string("path", "Location of the secret."),
        .stringList("versions", "The versions whose data are to be removed."),
    ],
    reads: [StorageKey.settings, StorageKey.secret("{path}")],
    help: "Remove the data of versions of a secret for good.")

private let destroyVersions: Handler = { request in
    let numbers = try request.versionNumbers(whenNone: "no version number provided")
    return changeVersions(request, numbers) { secret, number, _ in
        secret.destroy(version: number)
    }
}
