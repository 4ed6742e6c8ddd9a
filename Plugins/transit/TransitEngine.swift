// The engine's paths, and what it does when a mount is set up.

import PluginSDK

func transitEngine() -> Engine {
    let mount = TransitMount()
    return Engine(
        paths: [
            encryptPath(mount),
            decryptPath(mount),
            rewrapPath(mount),
            listKeysPath,
            keyPath(mount),
            keyConfigPath(mount),
            rotatePath(mount),
            trimPath(mount),
            softDeletePath(mount),
            softDeleteRestorePath(mount),
            keysSettingsPath,
            cacheSettingsPath(mount),
            dataKeyPath(mount),
            deriveKeyPath(mount),
            csrPath(mount),
            setCertificatePath(mount),
            wrappingKeyPath(mount),
            importPath(mount),
            importVersionPath(mount),
            backupPath(mount),
        ] + signPaths(mount) + verifyPaths(mount) + hmacPaths(mount) + hashPaths + randomPaths
            + exportPaths(mount) + byokExportPaths(mount) + restorePaths(mount),
        initialize: { _ in
            .read([StorageKey.cacheSettings]) { entries in
                mount.cache.resize(try entries.cacheSize())
                return .answer(.none)
            }
        },
        invalidate: { key in
            let prefix = StorageKey.markPrefix
            if key.hasPrefix(prefix) { mount.cache.remove(String(key.dropFirst(prefix.count))) }
        })
}
