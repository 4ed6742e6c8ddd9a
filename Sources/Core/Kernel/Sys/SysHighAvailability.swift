// `sys/ha-status` and `sys/step-down`: a single node says that it is one.

internal import JSON
internal import Paths

enum SysHighAvailability {
    static let paths = [
        CorePath("ha-status", [.read: .immediate(status)], help: "The nodes of the cluster."),
        CorePath(
            "step-down", [.update: .immediate(stepDown)],
            help: "Give up leading the cluster, which a single node does not do."),
    ]

    static let sudo = ["step-down"]

    private static func status(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let settings = call.core.settings
        let hostName = HostSystem.info["hostname"] ?? ""
        let data: JSONValue = [
            "nodes": [
                [
                    "hostname": hostName,
                    "api_address": .string(settings.apiAddress),
                    "cluster_address": "",
                    "active_node": true,
                    "last_echo": .null,
                    "version": .string(CofferVersion.api),
                    "upgrade_version": "",
                    "redundancy_zone": "",
                ]
            ]
        ]
        return BackendAnswer(data: data.encoded())
    }

    /// As Vault answers where there is nobody to take over: nothing happens.
    private static func stepDown(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        BackendAnswer()
    }
}
