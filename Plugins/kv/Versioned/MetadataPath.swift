// `metadata/:path`: a secret's settings and what is known of its versions; LIST of secrets.

import Paths
import PluginSDK

let metadataPath = Path(
    "metadata/:path*?",
    [
        .read: readMetadata,
        .create: writeMetadata,
        .update: writeMetadata,
        .patch: patchMetadata,
        .delete: deleteMetadata,
        .list: listSecrets,
    ],
    fields: [
        .string("path", "Location of the secret, or of the folder to list."),
        .integer("max_versions", "How many versions to keep; 0 is as the mount says."),
        .boolean("cas_required", "Whether each write must bring the cas option."),
        .any(
            "delete_version_after",
            "How long a version lives; 0 is as the mount says, which also limits it."),
        .object("custom_metadata", "Up to 64 pairs of text that describe the secret."),
        .string("after", "For LIST: the name after which to begin."),
        .integer("limit", "For LIST: how many names to return; all of them by default."),
    ],
    reads: secretReads,
    existence: StorageKey.secret("{path}"),
    help: "Settings and metadata of secrets; list and remove secrets.",
    description: "A delete removes the secret with all of its versions, for good.")

private let listSecrets: Handler = { request in
    try NameListing.outcome(
        request, prefix: StorageKey.secretPrefix, path: request.captures["path"] ?? "")
}
