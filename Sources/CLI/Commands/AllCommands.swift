// Every command and group. A new one is added here and nowhere else.

extension CommandTree {
    static let all: CommandTree = CommandTree(
        groups: [
            .audit, .auth, .kv, .kvMetadata, .lease, .namespace, .operatorGroup, .policy,
            .printGroup, .secrets,
            .token,
            .plugin,
            .transit,
            .pki,
        ],
        commands: [
            .server, .status, .login, .read, .write, .patch, .delete, .list, .unwrap, .version,
            .completion, .printToken, .pathHelp,
            .auditList, .auditEnable, .auditDisable,
            .leaseLookup, .leaseRenew, .leaseRevoke,
            .namespaceCreate, .namespaceList, .namespaceLookup, .namespacePatch,
            .namespaceDelete, .namespaceLock, .namespaceUnlock,
            .monitor, .debug,
            .pluginInit, .pluginRun, .pluginTest,
            .pluginRegister, .pluginDeregister, .pluginList, .pluginInfo, .pluginReload,
            .operatorInit, .operatorUnseal, .operatorSeal,
            .operatorRekey, .operatorGenerateRoot, .operatorRotate, .operatorKeyStatus,
            .operatorMembers, .operatorStepDown,
            .tokenCreate, .tokenLookup, .tokenRenew, .tokenRevoke, .tokenCapabilities,
            .policyRead, .policyWrite, .policyList, .policyDelete, .policyFormat,
            .secretsList, .secretsEnable, .secretsDisable, .secretsTune, .secretsMove,
            .authList, .authEnable, .authDisable, .authTune, .authMove, .authHelp,
            .kvPut, .kvGet, .kvPatch, .kvList, .kvDelete, .kvUndelete, .kvDestroy, .kvRollback,
            .kvEnableVersioning,
            .transitImport, .transitImportVersion,
            .pkiHealthCheck, .pkiIssue, .pkiListIntermediates, .pkiReissue, .pkiVerifySign,
            .kvMetadataGet, .kvMetadataPut, .kvMetadataPatch, .kvMetadataDelete,
        ])
}
