// Every command and group. A new one is added here and nowhere else.

extension CommandTree {
    static let all: CommandTree = CommandTree(
        groups: [
            .auth, .kv, .kvMetadata, .operatorGroup, .policy, .printGroup, .secrets, .token,
        ],
        commands: [
            .server, .status, .login, .read, .write, .patch, .delete, .list, .unwrap, .version,
            .completion, .printToken,
            .operatorInit, .operatorUnseal, .operatorSeal,
            .tokenCreate, .tokenLookup, .tokenRenew, .tokenRevoke, .tokenCapabilities,
            .policyRead, .policyWrite, .policyList, .policyDelete, .policyFormat,
            .secretsList, .secretsEnable, .secretsDisable, .secretsTune,
            .authList, .authEnable, .authDisable, .authTune,
            .kvPut, .kvGet, .kvPatch, .kvList, .kvDelete, .kvUndelete, .kvDestroy, .kvRollback,
            .kvEnableVersioning,
            .kvMetadataGet, .kvMetadataPut, .kvMetadataPatch, .kvMetadataDelete,
        ])
}
