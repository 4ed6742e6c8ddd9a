// `sys/key-status`, `sys/rotate` and `sys/rotate/config`.

internal import Barrier
internal import Clock
internal import JSON
internal import Paths

enum SysKeyring {
    static let paths = [
        CorePath(
            "key-status", [.read: .immediate(status)],
            help: "The barrier key's term, age and number of encryptions."),
        CorePath("rotate", [.update: .suspending(rotate)], help: "Add a new barrier key."),
        CorePath("rotate/keyring", [.update: .suspending(rotate)], help: "Add a new barrier key."),
        configuration("rotate/config"),
        configuration("rotate/keyring/config"),
    ]

    private static func configuration(_ pattern: String) -> CorePath {
        CorePath(
            pattern,
            [.read: .immediate(readConfiguration), .update: .suspending(configure)],
            fields: [
                .integer("max_operations", "Encryptions after which a key is replaced."),
                .duration("interval", "Age at which a key is replaced; 0 is never."),
                .boolean("enabled", "Whether keys are replaced by themselves."),
            ], help: "When a new barrier key is made by itself.")
    }

    private static func readConfiguration(
        _ call: CoreCall
    ) throws(BackendFailure) -> BackendAnswer {
        let settings = call.server.keyRotation.settings
        let interval = Int(settings.intervalSeconds)
        let data: JSONValue = [
            "max_operations": .int(settings.maxOperations),
            "interval": interval == 0 ? 0 : .string(DurationText.text(seconds: interval)),
            "enabled": .bool(settings.isEnabled),
        ]
        return BackendAnswer(data: data.encoded())
    }

    private static func configure(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let fields = call.fields
        try await call.server.keyRotation.change { settings in
            if let count = fields.integer("max_operations") {
                settings.maxOperations = Int64(count)
            }
            if let seconds = fields.duration("interval") {
                settings.intervalSeconds = Int64(seconds)
            }
            if let isEnabled = fields.boolean("enabled") { settings.isEnabled = isEnabled }
        }
        return BackendAnswer()
    }

    private static func status(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        do throws(BarrierError) {
            let info = try call.core.barrier.keyInfo()
            let data: JSONValue = [
                "term": .number(JSONNumber(Int(info.term))),
                "install_time": .string(
                    Timestamp(seconds: Int64(clamping: info.installedAtUnixSeconds)).rfc3339),
                "encryptions": .int(Int(clamping: info.estimatedEncryptions)),
            ]
            return BackendAnswer(data: data.encoded())
        } catch { throw BackendFailure(error) }
    }

    private static func rotate(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        do throws(BarrierError) { _ = try await call.core.barrier.rotate() } catch {
            throw BackendFailure(error)
        }
        return BackendAnswer()
    }
}
