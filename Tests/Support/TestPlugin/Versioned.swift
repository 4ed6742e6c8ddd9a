// A plugin whose version is what its environment says, and that misbehaves as its arguments say:
// what a catalog needs for the tests of its upgrades.

import Glibc
import JSON
import Paths
import PluginSDK

struct Versioned: Plugin {
    static let name = "versioned"
    static var version: String { getenv("PLUGIN_VERSION").map { String(cString: $0) } ?? "1.0.0" }
    static let type = PluginType.secret

    static func run() {
        switch CommandLine.arguments.dropFirst().first {
        case "mute": while true { pause() }
        case "exits": exit(3)
        default: main()
        }
    }

    func engine(for mount: MountConfiguration) throws -> Engine {
        switch CommandLine.arguments.dropFirst().first {
        case "refuses": throw PluginError(.invalidRequest, "this version refuses every mount")
        case "dies": Self.die(afterMilliseconds: Self.delay)
        default: break
        }
        return Engine(paths: [.keepingData, Self.about, Self.slow])
    }

    private static var delay: UInt32 {
        CommandLine.arguments.dropFirst(2).first.flatMap { UInt32($0) } ?? 0
    }

    private static func die(afterMilliseconds delay: UInt32) {
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                usleep(UInt32(UInt(bitPattern: context)) * 1_000)
                abort()
            }, UnsafeMutableRawPointer(bitPattern: UInt(delay)))
    }

    private static let about = Path("about", .read, help: "Says which program this is.") { _ in
        .answer(
            .data(
                .object(
                    JSONObject([
                        ("version", .string(version)), ("pid", .int(getpid())),
                        ("arguments", .strings(CommandLine.arguments.dropFirst())),
                    ]))))
    }

    private static let slow = Path("slow/:milliseconds", .read, help: "Takes its time.") {
        request in
        usleep((request.captures["milliseconds"].flatMap { UInt32($0) } ?? 0) * 1_000)
        return .answer(.data(.object(JSONObject([("version", .string(version))]))))
    }
}
