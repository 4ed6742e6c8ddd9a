// `sys/key-status` and `sys/rotate`.

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
    ]

    private static func status(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        do throws(BarrierError) {
            let info = try call.core.barrier.keyInfo()
            let data: JSONValue = [
                "term": .number(JSONNumber(Int(info.term))),
                "install_time": .string(
                    Timestamp(seconds: Int64(clamping: info.installedAtUnixSeconds)).rfc3339),
                "encryptions": .number(JSONNumber(Int(clamping: info.encryptions))),
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
