// What tokens need of the other tables: the mount's lifetimes and the identity behind a token.

extension NamespaceState {
    /// The mount that tokens are made at.
    static var tokenMount: String { "auth/token/" }

    /// The lifetimes that hold for tokens that no auth method made.
    var tokenLifetimes: MountLifetimes {
        lifetimes(of: mounts[Self.tokenMount]?.entry.settings ?? MountSettings())
    }

    func lifetimes(of settings: MountSettings) -> MountLifetimes {
        let (defaultTTL, maxTTL) = mounts.lifetimes(settings)
        return MountLifetimes(defaultTTL: defaultTTL, maxTTL: maxTTL)
    }

    /// The entity that a token made with an alias belongs to; made at the first time.
    func entityID(ofTokenAlias alias: String) async throws(BackendFailure) -> String {
        guard let mount = mounts[Self.tokenMount] else { throw RequestPipeline.permissionDenied }
        return try await identity.entityForLogin(
            mountAccessor: mount.entry.accessor, aliasName: alias)
    }

    /// The entity that logs in, if its login leaves everything as it is.
    func settledEntityID(of grant: AuthGrant, mount: MountEntry) throws(BackendFailure) -> String? {
        try identity.settledEntity(
            mountAccessor: mount.accessor, aliasName: grant.aliasName,
            metadata: grant.aliasMetadata, groupNames: grant.groupAliases)
    }

    /// The entity that logs in; made at its first login.
    func entityID(
        of grant: AuthGrant, mount: MountEntry
    ) async throws(BackendFailure) -> String {
        let id = try await identity.entityForLogin(
            mountAccessor: mount.accessor, aliasName: grant.aliasName,
            metadata: grant.aliasMetadata, isLocalMount: mount.isLocal)
        try await identity.refreshExternalGroups(
            id, groupNames: grant.groupAliases, mountAccessor: mount.accessor)
        return id
    }

    /// Ends what a mount has given out: the tokens of everybody whom it let in, and its leases.
    /// Throws if an engine could not end all of it; then the mount has to stay.
    func endGiven(by mount: Mount) async throws(BackendFailure) {
        if mount.entry.kind == .auth {
            try await tokens.endAll(ofMount: mount.entry.id, route: mount.entry.route)
        }
        try await leases.endAll(of: mount)
    }

    /// What an entity adds to the policies of its tokens.
    func identityPolicies(of entityID: String) -> [String] {
        entityID.isEmpty ? [] : identity.policies(ofEntity: entityID)
    }
}
