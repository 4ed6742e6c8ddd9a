// The method's paths, and what it does when a mount is set up.

import PluginSDK

func appRoleEngine(_ configuration: MountConfiguration) -> Engine {
    let mount = AppRoleMount(configuration)
    return Engine(
        paths: [
            loginPath(mount),
            listRolesPath,
            rolePath(mount),
            roleIDPath(mount),
            secretIDPath(mount),
            customSecretIDPath(mount),
            tidyPath,
        ] + roleSettingPaths(mount) + secretIDLookupPaths(mount) + secretIDDestroyPaths(mount),
        unauthenticated: ["login"],
        initialize: mount.setUp,
        renewLogin: renewLogin,
        wake: tidyWhenWoken,
        invalidate: mount.forget)
}
