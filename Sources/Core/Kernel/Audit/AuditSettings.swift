// What the configuration says about the audit log.

internal import Audit

public struct AuditSettings: Sendable {
    /// Devices that the configuration declares. They are made and removed at unsealing, and cannot
    /// be changed through the API.
    public var devices: [DeclaredAuditDevice]
    /// Folders in which no audit log may lie: those of plugins and of the store.
    public var forbiddenFolders: [String]

    public init(devices: [DeclaredAuditDevice] = [], forbiddenFolders: [String] = []) {
        self.devices = devices
        self.forbiddenFolders = forbiddenFolders
    }

    /// Says what is wrong with the declared devices before anybody has to unseal to learn of it.
    public func check() throws(BackendFailure) {
        var paths: [String] = []
        for device in devices {
            let place = "audit \"\(device.type)\" \"\(device.path)\": "
            let path: String
            do throws(BackendFailure) {
                path = try MountPath(device.path).text
                do throws(AuditFailure) {
                    _ = try DeviceOptions(type: device.type, options: device.options)
                } catch { throw BackendFailure(.invalidRequest, error.message) }
            } catch { throw BackendFailure(.invalidRequest, place + error.message) }
            if paths.contains(where: { MountPath.overlap($0, path) }) {
                throw BackendFailure(
                    .invalidRequest, place + "its path lies in that of another audit device")
            }
            paths.append(path)
        }
    }
}

public struct DeclaredAuditDevice: Sendable, Equatable {
    public var type: String
    public var path: String
    public var description: String
    public var isLocal: Bool
    public var options: [String: String]

    public init(
        type: String, path: String, description: String = "", isLocal: Bool = false,
        options: [String: String] = [:]
    ) {
        self.type = type
        self.path = path
        self.description = description
        self.isLocal = isLocal
        self.options = options
    }
}
