// What a token may do, with what its entity brings.

extension NamespaceState {
    /// The policies of a token and of its entity with their rights. The token of an entity that is
    /// disabled or gone may do nothing, whatever its own policies are.
    func grant(of token: TokenEntry) throws(BackendFailure) -> Grant {
        if token.entityID.isEmpty {
            return Grant(
                entityID: "", policies: token.policies, acl: policies.acl(of: token.policies))
        }
        guard let rights = identity.rights(ofEntity: token.entityID), !rights.entity.isDisabled
        else { throw RequestPipeline.permissionDenied }
        return policies.grant(of: token.policies, rights)
    }
}
