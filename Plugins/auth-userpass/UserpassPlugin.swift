// The userpass auth method: people log in with a name and a password.

import PluginSDK

@main
struct UserpassPlugin: Plugin {
    static let name = "userpass"
    static let version = "0.1.0"
    static let type = PluginType.auth

    func engine(for mount: MountConfiguration) throws -> Engine { userpassEngine() }
}
