// The method's paths.

import PluginSDK

func userpassEngine() -> Engine {
    Engine(
        paths: [loginPath, listUsersPath, userPath, passwordPath, policiesPath],
        unauthenticated: ["login/+"], renewLogin: renewLogin)
}
