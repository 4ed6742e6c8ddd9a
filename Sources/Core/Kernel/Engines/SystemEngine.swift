// `sys/`: the paths that need a token. Those that answer in every state are in
// `Lifecycle/SystemStatus.swift`.

internal import Paths

enum SystemEngine {
    /// What a tenant does with its own namespace.
    private static let inEveryNamespace: [[CorePath]] = [
        SysNamespaceLock.paths,
        SysNamespaces.paths,
        SysMounts.paths,
        SysAuth.paths,
        SysPolicies.paths,
        SysCapabilities.paths,
        SysInternalUI.paths,
        SysWrapping.paths,
        SysTools.paths,
        SysPasswordPolicies.paths,
        SysOpenAPI.paths,
        SysLockedUsers.paths,
        SysCounters.paths,
        SysRemount.paths,
        SysLeases.paths,
        SysLeaseReports.paths,
        SysPluginReload.paths,
    ]

    /// What is the whole server's business.
    private static let inRootOnly: [[CorePath]] = [
        SysSeal.paths,
        SysKeyring.paths,
        SysAudit.paths,
        SysPluginCatalog.paths,
        SysPluginPins.paths,
        SysPluginReload.rootPaths,
        SysPluginStatus.paths,
        SysAuditHeaders.paths,
        SysDecodeToken.paths,
        SysGenerateRoot.paths,
        SysRekey.paths,
        SysMetrics.paths,
        SysInFlight.paths,
        SysConfigState.paths,
        SysVersionHistory.paths,
        SysProfiles.paths,
        SysHostInfo.paths,
        SysQuotas.paths,
        SysLeaseCountQuotas.paths,
        SysNamespaceQuotas.paths,
        SysLoggers.paths,
        SysRaw.paths,
        SysInspect.paths,
        SysHighAvailability.paths,
        SysCORS.paths,
        SysUIHeaders.paths,
    ]

    static func make(_ core: Core) -> CoreEngine {
        CoreEngine(
            "system", kind: .secret, core: core,
            paths: inEveryNamespace.flatMap { $0 }, rootPaths: inRootOnly.flatMap { $0 },
            unauthenticated: [
                "internal/ui/mounts", "internal/ui/mounts/*",
                "wrapping/lookup",
                "decode-token",
            ],
            opened: [SysGenerateRoot.opened, SysRekey.opened],
            sudo: [
                "auth/*", "audit", "audit/*", "seal", "rotate", "rotate/keyring",
                "config/auditing/*",
                "plugins/catalog/*", "remount",
            ] + SysGenerateRoot.sudo + SysRekey.sudo + SysRaw.sudo + SysInspect.sudo
                + SysLeases.sudo + SysHighAvailability.sudo
                + SysCORS.sudo + SysUIHeaders.sudo
                + SysPluginStatus.sudo,
            statusPaths: SystemStatus.declarations)
    }
}
