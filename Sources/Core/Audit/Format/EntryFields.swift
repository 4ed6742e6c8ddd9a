// The objects of an entry, field by field, with Vault's names and in Vault's order.

internal import Clock
internal import Cryptography

extension FieldWriter {
    mutating func auth(_ auth: EntryAuth) {
        secret("client_token", auth.clientToken)
        accessor("accessor", auth.accessor)
        plain("display_name", auth.displayName)
        plain("policies", auth.policies)
        plain("token_policies", auth.tokenPolicies)
        plain("identity_policies", auth.identityPolicies)
        flag("no_default_policy", auth.excludesDefaultPolicy)
        if let isAllowed = auth.isAllowed {
            object("policy_results") { writer in
                writer.verdict(isAllowed)
                writer.grantingPolicies(auth)
            }
        }
        plain("metadata", auth.metadata)
        number("num_uses", auth.numberOfUses)
        number("remaining_uses", auth.remainingUses)
        plain("entity_id", auth.entityID)
        plain("token_type", auth.tokenType)
        number("token_ttl", auth.tokenTTLSeconds)
        if let time = auth.tokenIssuedAt { plain("token_issue_time", time.rfc3339Seconds) }
    }

    private mutating func grantingPolicies(_ auth: EntryAuth) {
        objects("granting_policies", auth.grantingPolicies) { writer, name in
            writer.plain("name", name)
            writer.plain("namespace_id", auth.policyNamespaceID)
            writer.plain("namespace_path", auth.policyNamespacePath)
            writer.word("type", "acl")
        }
    }

    /// - Parameter token: writes the members that name the token.
    mutating func request(_ request: EntryRequest, token: (inout FieldWriter) -> Void) {
        id("id", request.id)
        plain("operation", request.operation)
        if let mount = request.mount { members(mount.members) }
        token(&self)
        if !request.namespaceID.isEmpty {
            object("namespace") { writer in
                writer.plain("id", request.namespaceID)
                writer.plain("path", request.namespacePath)
            }
        }
        plain("path", request.path)
        if !request.data.isEmpty {
            data("data", request.data, plainKeys: request.plainKeys, elides: false)
        }
        plain("remote_address", request.remoteAddress)
        number("remote_port", Int64(request.remotePort))
        number("wrap_ttl", Int64(clamping: request.wrapTTLSeconds))
        headers(request.headers)
    }

    mutating func token(of request: EntryRequest) {
        secret("client_token", request.clientToken)
        accessor("client_token_accessor", request.clientTokenAccessor)
    }

    mutating func response(_ response: EntryResponse, isList: Bool) {
        if let auth = response.auth { object("auth") { $0.auth(auth) } }
        if let mount = response.mount { members(mount.members) }
        if !response.leaseID.isEmpty {
            object("secret") { $0.plain("lease_id", response.leaseID) }
        }
        if let raw = response.raw {
            rawBody(raw)
        } else if let json = response.data {
            data(
                "data", json, plainKeys: response.plainKeys, elides: isList && elidesLists)
        }
        warnings(response.warnings)
        if let wrap = response.wrap { object("wrap_info") { $0.wrap(wrap) } }
        headers(response.headers)
    }

    private mutating func wrap(_ wrap: EntryWrap) {
        number("ttl", wrap.ttlSeconds)
        secret("token", wrap.token)
        accessor("accessor", wrap.accessor)
        plain("creation_time", wrap.createdAt.rfc3339)
        plain("creation_path", wrap.creationPath)
        accessor("wrapped_accessor", wrap.wrappedAccessor)
    }
}
