// `login`: a service account's token for one of Coffer's.
//
// First the token is held against the role as far as it goes by itself, so that a stranger's does
// not make the cluster work. Then the API server is asked, and what it answers is held against the
// role again: a login rests on that alone.

import Network
import Paths
import PluginSDK

func loginPath(_ cluster: any Cluster, _ pod: PodFiles) -> Path {
    Path(
        "login", .update,
        fields: [
            .string("role", "Name of the role to log in with."),
            .string("jwt", "The token of the service account."),
        ],
        help: "Logs a service account in with its token."
    ) { request in
        let fields = try request.fields()
        guard let roleName = fields.string("role"), !roleName.isEmpty else {
            throw PluginError(.invalidRequest, "missing role")
        }
        guard let jwt = fields.string("jwt"), !jwt.isEmpty else {
            throw PluginError(.invalidRequest, "missing jwt")
        }
        let noRole = PluginError(.invalidRequest, "invalid role name \"\(roleName.prefix(64))\"")
        guard let key = Role.storageKey(roleName) else { throw noRole }
        return .read([KubernetesConfig.storageKey, key]) { entries in
            guard let record = entries[key] else { throw noRole }
            let role = try Role(record: record)
            guard role.token.boundCIDRs.admit(request.remoteAddress) else {
                throw PluginError.permissionDenied
            }
            guard let record = entries[KubernetesConfig.storageKey] else {
                throw PluginError(.invalidRequest, "could not load backend configuration")
            }
            let login = Login(
                roleName: String(key.dropFirst(Role.folder.count)), role: role,
                config: try KubernetesConfig(record: record), cluster: cluster, pod: pod)
            let token = try UnverifiedToken(jwt)
            try login.checkEarly(token, request.now)
            return .wait { .answer(.auth(try login.grant(token, request))) }
        }
    }
}
