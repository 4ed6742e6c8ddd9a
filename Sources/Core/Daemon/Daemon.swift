// From options to a serving process, and back to nothing: the server's life in order.

internal import Barrier
internal import Clock
internal import Glibc
internal import HTTPAPI
internal import Kernel
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import PluginHost
internal import Storage

/// The server process.
public enum Daemon {
    /// How long requests in flight may take to finish after SIGTERM.
    static let graceSeconds = 30

    /// Call first thing in `main`, before any thread exists.
    public static func prepareProcess() {
        ProcessHardening.apply()
        Signals.block()
    }

    /// Gives the main thread to signals, for ever. Everything else runs on other threads.
    public static func waitForSignals() -> Never { Signals.waitForever() }

    /// Serves until the process is told to end.
    ///
    /// - Returns: the exit code: 0 after an orderly end, 1 if the server could not start.
    public static func run(_ options: DaemonOptions, environment: [String: String]) async -> Int32 {
        let signals = Signals.events()
        do throws(StartError) {
            let server = try await Server.start(options, environment: environment)
            for await signal in signals {
                if signal == .terminate { break }
                await server.reload()
            }
            await server.stop()
            return 0
        } catch {
            for line in error.lines { StandardOutput.printError(line) }
            return 1
        }
    }
}

/// Why the server did not start, for the person who started it.
struct StartError: Error {
    let lines: [String]

    init(_ lines: [String]) { self.lines = lines }
    init(_ line: String) { self.lines = ["Error starting the server: \(line)"] }
}

/// Text for people, beside the log.
enum StandardOutput {
    static func print(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }
    static func printError(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count {
            let written = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress.map { $0 + start }, bytes.count - start)
            }
            if written <= 0 { return }
            start += written
        }
    }
}
