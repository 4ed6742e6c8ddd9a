// The AppRole auth method: programs log in with the id of a role and a secret id that was made for
// them, each delivered by its own way.

import PluginSDK

@main
struct AppRolePlugin: Plugin {
    static let name = "approle"
    static let version = "0.1.0"
    static let type = PluginType.auth

    func engine(for mount: MountConfiguration) throws -> Engine { appRoleEngine(mount) }
}
