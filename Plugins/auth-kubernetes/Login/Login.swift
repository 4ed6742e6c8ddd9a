// One login: the token held against the role, by what it says and then by what the API server says.

import Cryptography
import JSON
import PluginSDK

struct Login: Sendable {
    let roleName: String
    let role: Role
    let config: KubernetesConfig
    let cluster: any Cluster
    let pod: PodFiles

    private static let wrongName = PluginError(
        .permissionDenied, "service account name not authorized")
    private static let wrongNamespace = PluginError(.permissionDenied, "namespace not authorized")

    // MARK: What the token says

    func checkEarly(_ token: UnverifiedToken, _ now: Timestamp) throws(PluginError) {
        if token.isExpired(now) {
            throw refused("the token has expired", PluginError.permissionDenied)
        }
        if let issuer = config.expectedIssuer, !token.issuer.utf8.elementsEqual(issuer.utf8) {
            throw refused(
                "the token is of another issuer",
                PluginError(.permissionDenied, "invalid issuer (iss) claim"))
        }
        let isForAudience = token.audiences.contains { $0.utf8.elementsEqual(role.audience.utf8) }
        if !role.audience.isEmpty && !isForAudience {
            throw refused(
                "the token is for another audience",
                PluginError(
                    .permissionDenied,
                    "invalid audience (aud) claim: audience claim does not match any expected "
                        + "audience"))
        }
        try checkName(token.account)
        if role.namespaceSelector.isEmpty { try checkNamespace(token.account) }
        if !config.publicKeys.isEmpty {
            var keys: [PublicKey] = []
            for pem in config.publicKeys { keys.append(try PublicKey.reading(pem)) }
            guard token.isSigned(byOneOf: keys) else {
                throw refused(
                    "none of pem_keys has signed the token", PluginError.permissionDenied)
            }
        }
    }

    private func checkName(_ account: ServiceAccountName) throws(PluginError) {
        guard role.admits(name: account.name) else {
            throw refused("the role is not for this service account", Self.wrongName)
        }
    }

    private func checkNamespace(_ account: ServiceAccountName) throws(PluginError) {
        guard role.admits(namespace: account.namespace) else {
            throw refused("the role is not for this namespace", Self.wrongNamespace)
        }
    }

    private func refused(_ why: String, _ error: PluginError) -> PluginError {
        Log.info("login refused: \(why)", ["role": roleName])
        return error
    }

    // MARK: What the API server says

    func grant(_ token: UnverifiedToken, _ request: Request) throws(PluginError) -> AuthGrant {
        let server = try server(for: token)
        let account = try server.review(token, audience: role.audience)
        try checkName(account.name)
        if !role.admits(namespace: account.name.namespace) {
            guard !role.namespaceSelector.isEmpty,
                try LabelSelector(role.namespaceSelector)
                    .selects(server.labels(ofNamespace: account.name.namespace))
            else { throw refused("the role is not for this namespace", Self.wrongNamespace) }
        }
        // A service account that is made again under its name is another one: without the uid
        // nobody could tell.
        guard !account.uid.isEmpty, account.uid.utf8.count <= 128 else {
            throw server.failure("token review", "answers without the account's uid", [:])
        }
        let described = [
            TextPair("service_account_uid", account.uid),
            TextPair("service_account_name", account.name.name),
            TextPair("service_account_namespace", account.name.namespace),
            TextPair("service_account_secret_name", ""),
        ]
        let annotations =
            config.usesAnnotations ? try server.aliasAnnotations(of: account.name) : []
        let own = Set(described.map(\.name))
        return try role.token.grant(
            for: request, aliasName: aliasName(account),
            displayName: "\(account.name.namespace)-\(account.name.name)",
            metadata: described + [TextPair("role", roleName)],
            aliasMetadata: described
                + annotations.filter { !own.contains($0.name) }.map { TextPair($0.name, $0.value) },
            internalData: ["role": .string(roleName)])
    }

    private func aliasName(_ account: ReviewedAccount) -> String {
        switch role.aliasNameSource {
        case .uid: account.uid
        case .name: "\(account.name.namespace)/\(account.name.name)"
        }
    }

    private func server(for token: UnverifiedToken) throws(PluginError) -> APIServer {
        let reviewer = config.reviewer(pod)
        return APIServer(
            cluster: cluster, address: try APIServerAddress(config.host),
            authorities: config.authorities(pod), token: reviewer ?? token.text,
            asksAsClient: reviewer == nil)
    }
}
