// `sys/`: the paths that need a token. Those that answer in every state are in
// `Lifecycle/SystemStatus.swift`.

internal import Paths

enum SystemEngine {
    static func make(_ core: Core) -> CoreEngine {
        CoreEngine(
            "system", kind: .secret, core: core,
            paths: SysMounts.paths + SysAuth.paths + SysPolicies.paths + SysCapabilities.paths
                + SysInternalUI.paths + SysSeal.paths + SysKeyring.paths + SysAudit.paths
                + SysPlugins.paths
                + SysPluginStatus.paths
                + SysAuditHeaders.paths
                + SysWrapping.paths
                + SysTools.paths
                + SysPasswordPolicies.paths + SysOpenAPI.paths
                + SysDecodeToken.paths
                + SysLockedUsers.paths
                + SysGenerateRoot.paths
                + SysRekey.paths
                + SysMetrics.paths
                + SysInFlight.paths
                + SysConfigState.paths
                + SysVersionHistory.paths
                + SysCounters.paths
                + SysProfiles.paths
                + SysHostInfo.paths
                + SysQuotas.paths
                + SysLeaseCountQuotas.paths
                + SysLoggers.paths
                + SysRaw.paths
                + SysInspect.paths
                + SysRemount.paths
                + SysHighAvailability.paths
                + SysCORS.paths
                + SysUIHeaders.paths
                + SysLeases.paths + SysLeaseReports.paths,
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
