// A plugin host on two event loops with the test plugin, as the server would make it.

import Clock
import Cryptography
import Kernel
import NIOCore
import NIOPosix
import Paths

@testable import PluginHost

struct Host: Sendable {
    let folder: PluginFolder
    let launcher: PluginLauncher
    let log = CapturedLog()
    let loops: [any EventLoop]

    static let laneCount = 2
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: laneCount)

    /// Runs `body` with a host whose plugin directory holds these files; all processes are gone
    /// afterwards.
    static func with(
        _ names: [String], timings: HostTimings = HostTimings(),
        _ body: (Host) async throws -> Void
    ) async throws {
        let host = try Host(names, timings)
        do {
            try await body(host)
        } catch {
            await host.launcher.shutdown()
            throw error
        }
        await host.launcher.shutdown()
    }

    private init(_ names: [String], _ timings: HostTimings) throws {
        folder = try PluginFolder(names)
        loops = Self.group.makeIterator().map { $0 }
        launcher = try PluginLauncher(
            directories: [folder.directory()], loops: loops, logger: log.logger,
            timings: timings)
    }

    func mount(
        _ type: String, kind: BackendKind = .secret, options: [String: String] = [:],
        storage: MountStorage? = nil
    ) async throws -> any Backend {
        let own = try await TestStorage.make()
        return try await launcher.open(
            BackendMount(
                id: UUID128.random(), kind: kind, type: type, path: type + "/", options: options,
                defaultLeaseTTLSeconds: 60, maxLeaseTTLSeconds: 600, storage: storage ?? own))
    }

    func status(_ type: String) async -> PluginStatus? {
        await launcher.status.first { $0.type == type }
    }
}

extension Backend {
    /// One request on its lane's loop, and its outcome.
    func call(
        _ operation: Operation, _ path: String, _ data: String = "", lane: Int = 0, in host: Host,
        milliseconds: UInt64 = 20_000, headers: [(name: String, value: String)] = []
    ) async -> BackendOutcome {
        await withCheckedContinuation { continuation in
            host.loops[lane].execute {
                self.handle(
                    BackendRequest(
                        lane: lane, operation: operation, path: path, data: Array(data.utf8),
                        requestID: UUID128.random(), remoteAddress: "192.0.2.1",
                        headers: headers,
                        deadlineNanoseconds: MonotonicClock.nowNanoseconds + milliseconds
                            * 1_000_000)
                ) { continuation.resume(returning: $0) }
            }
        }
    }
}

extension BackendOutcome {
    var text: String? {
        guard case .success(let answer) = self else { return nil }
        return answer.data.map { String(decoding: $0, as: UTF8.self) }
    }

    var failure: BackendFailure? {
        guard case .failure(let failure) = self else { return nil }
        return failure
    }
}
