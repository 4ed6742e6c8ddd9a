// A plugin as a process: descriptors from the core, a thread for each, and an orderly end.

import Glibc
import Wire

enum PluginProcess {
    /// The core hands the first connection over as this descriptor, the others follow it.
    private static let firstDescriptor: Int32 = 3
    /// The longest that a request may take; a host that is in more of a hurry kills.
    private static let drainSeconds = 90

    static func run(_ plugin: any Plugin.Type) -> Never {
        guard let descriptors = handedOver() else {
            explain(plugin)
            exit(2)
        }
        ProcessControl.harden()
        Signals.ignoreTerminal()
        Signals.blockTermination()

        let instance = plugin.init()
        let mounts = MountTable { try instance.engine(for: $0) }
        let offer = HelloReply(name: plugin.name, version: plugin.version, type: plugin.type)
        let flag = DrainFlag()
        let lanes = descriptors.map { descriptor in
            Thread {
                let inbox = WorkInbox()
                let lane = Lane(
                    descriptor: descriptor,
                    connection: Connection(
                        offer: offer, mounts: mounts, inbox: inbox),
                    inbox: inbox, isDraining: flag)
                return lane.run()
            }
        }
        Thread.detach { endOnSignal(lanes, flag) }
        let inOrder = lanes.map { $0.join() }
        exit(inOrder.allSatisfy { $0 } ? 0 : 1)
    }

    /// The sockets that the core opened for this process; nil when it was not the core.
    private static func handedOver() -> [Int32]? {
        guard let text = getenv("COFFER_PLUGIN_LANES"), let count = Int(String(cString: text)),
            (1...WireLimits.maxLanes).contains(count)
        else { return nil }
        let descriptors = (0..<Int32(count)).map { firstDescriptor + $0 }
        for descriptor in descriptors {
            var status = stat()
            guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else {
                return nil
            }
            // Nothing that this process may start inherits the connection to the core.
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
        }
        return descriptors
    }

    private static func explain(_ plugin: any Plugin.Type) {
        let noun = plugin.type == .auth ? "auth" : "secrets"
        let use =
            plugin.type == .database
            ? "coffer write database/config/NAME plugin_name=\(plugin.name) …"
            : "coffer \(noun) enable \(plugin.name)"
        let text = """
            \(plugin.name) \(plugin.version) is a plugin of Coffer and is not run by hand.
            Put the file into the server's plugin directory; the server starts it when the plugin is
            used:

                \(use)

            """
        var bytes = Array(text.utf8)
        _ = write(STDERR_FILENO, &bytes, bytes.count)
    }

    /// On SIGTERM: what is in flight is finished, then the lanes end and with them the process. The
    /// lanes block in read(2), so they are nudged until they have seen it.
    private static func endOnSignal(_ lanes: [Thread], _ flag: DrainFlag) {
        Signals.waitForTermination()
        flag.set()
        for _ in 0..<drainSeconds * 50 {
            for lane in lanes { lane.nudge() }
            usleep(20_000)
        }
        Log.warn("ended with requests in flight", ["seconds": "\(drainSeconds)"])
        exit(1)
    }
}
