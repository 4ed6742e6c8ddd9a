// The host's side of all sandboxes: what the kernel offers, found out once, and who runs as whom.

internal import CProcess

struct Sandbox: Sendable {
    let features: KernelFeatures
    private let users: PluginUsers?

    init(features: KernelFeatures = .probe()) {
        self.features = features
        users = features.users.map(PluginUsers.init)
    }

    /// How a plugin is kept in. `nil` if that is switched off.
    ///
    /// - Parameter name: of the plugin among all, by which it finds its folders its own again.
    func plan(
        _ profile: SandboxProfile, name: String, executable: PluginExecutable, lanes: Int
    ) throws(SandboxError) -> SandboxPlan? {
        guard !profile.isDisabled else { return nil }
        var user: UInt32?
        if let users {
            user =
                profile.writablePaths.isEmpty
                ? users.passingUser() : users.lastingUser(of: name)
            guard user != nil else { throw SandboxError(.noUser) }
        }
        return SandboxPlan(
            profile, program: .init(interpreter: executable.interpreter), lanes: lanes,
            features: features, user: user)
    }

    /// What a plugin without any permission would be kept in.
    var stateOfDefault: SandboxState {
        SandboxPlan(
            SandboxProfile(), program: .init(interpreter: []), lanes: 1, features: features,
            user: features.users?.lowerBound
        ).state
    }
}
