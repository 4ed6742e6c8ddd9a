// The engine's paths.

import PluginSDK

func databaseEngine(_ mount: DatabaseMount) -> Engine {
    let credentials = userSecret(mount)
    return Engine(
        paths: [
            listConfigsPath,
            configPath(mount),
            resetPath(mount),
            reloadPath(mount),
            rotateRootPath(mount),
            listRolesPath,
            rolePath,
            credentialsPath(mount, credentials),
            listStaticRolesPath,
            staticRolePath(mount),
            staticCredentialsPath(mount),
            rotateRolePath(mount),
        ],
        leases: [credentials],
        wake: { request in rotateWhatIsDue(mount, request) },
        invalidate: { key in mount.forget(key) })
}
