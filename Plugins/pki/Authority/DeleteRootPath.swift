// `DELETE root`: all issuers and keys.

import Paths
import PluginSDK

func deleteRootPath(_ mount: PKIMount) -> Path {
    Path(
        "root", .delete, reads: [StorageKey.mark],
        help: "Delete all issuers and keys. Certificates and roles stay."
    ) { _ in
        mount.change { authority, _ in
            authority.issuers = []
            authority.keys = []
            authority.defaultIssuer = ""
            authority.defaultKey = ""
            return .none
        }
    }
}
