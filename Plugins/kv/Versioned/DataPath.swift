// `data/:path`: the versions of a secret.

import Paths
import PluginSDK

let dataPath = Path(
    "data/:path*",
    [
        .read: readSecret,
        .create: writeSecret,
        .update: writeSecret,
        .patch: patchSecret,
        .delete: deleteSecret,
    ],
    fields: [
        .string("path", "Location of the secret."),
        .integer("version", "For reads: the version to return; the newest by default."),
        .object("options", "For writes: \"cas\" is the version the secret must be at, 0 for none."),
        .object("data", "For writes: the secret, an object that reads return as it came."),
    ],
    reads: secretReads,
    existence: StorageKey.secret("{path}"),
    help: "Write, patch, read and delete secrets.",
    description: """
        A write makes a new version. A patch (JSON merge patch) makes a new version out of the \
        newest one, which must exist. A read returns the newest version, or the one asked for. A \
        delete marks the newest version as deleted, which undelete takes back.
        """)

/// What each operation on a secret reads: only writes need the settings too.
let secretReads: [Operation: [String]] = {
    let secret = [StorageKey.secret("{path}")]
    let both = [StorageKey.settings] + secret
    return [.read: secret, .create: both, .update: both, .patch: both, .delete: secret]
}()
