// `GET subkeys/:path` returns the keys of a secret with `null` in place of every value.

import JSON
import Paths
import PluginSDK

let subkeysPath = Path(
    "subkeys/:path*",
    [.read: readSubkeys],
    fields: [
        .string("path", "Location of the secret."),
        .integer("version", "The version to look at; the newest by default."),
        .integer("depth", "How deep to go; keys at that depth are null. 0 is no limit."),
    ],
    reads: [StorageKey.secret("{path}")],
    help: "Read the structure of a secret without its values.")

private let readSubkeys: Handler = { request in
    let depth = try request.fields().integer("depth") ?? 0
    return try readVersion(request) { number, version, secret, data in
        let subkeys = try data.map { data in
            try data.parsed().withoutValues(depth: depth > 0 ? depth : Int.max).encoded()
        }
        return .version(number, version, of: secret, "subkeys", data: subkeys?[...])
    }
}

extension JSONValue {
    /// All but the keys of objects is `null`, and so are empty objects and what is below `depth`.
    func withoutValues(depth: Int) -> JSONValue {
        guard case .object(let object) = self else { return .null }
        return .object(
            JSONObject(
                object.members.map { key, value in
                    if case .object(let inner) = value, !inner.isEmpty, depth > 1 {
                        (key, value.withoutValues(depth: depth - 1))
                    } else {
                        (key, .null)
                    }
                }))
    }
}
