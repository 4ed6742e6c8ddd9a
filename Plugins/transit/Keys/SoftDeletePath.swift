// `keys/:name/soft-delete` puts a key out of use, `keys/:name/soft-delete-restore` back into it.

import Paths
import PluginSDK

func softDeletePath(_ mount: TransitMount) -> Path {
    Path(
        "keys/:name/soft-delete", .delete, fields: [.string("name", "Name of the key.")],
        reads: [StorageKey.mark("{name}")], help: "Put a key out of use until it is restored."
    ) { request in
        mount.change(try request.keyName()) { ring in
            if ring.isSoftDeleted {
                throw PluginError(.invalidRequest, "the key is soft-deleted already")
            }
            ring.isSoftDeleted = true
        }
    }
}

func softDeleteRestorePath(_ mount: TransitMount) -> Path {
    Path(
        "keys/:name/soft-delete-restore", .update, fields: [.string("name", "Name of the key.")],
        reads: [StorageKey.mark("{name}")], help: "Take a key that was soft-deleted back into use."
    ) { request in
        _ = try request.fields()
        return mount.change(try request.keyName()) { ring in
            if !ring.isSoftDeleted {
                throw PluginError(.invalidRequest, "the key is not soft-deleted")
            }
            ring.isSoftDeleted = false
        }
    }
}
