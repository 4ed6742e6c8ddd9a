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
        processes: Int = PluginHostLimits.processes,
        _ body: (Host) async throws -> Void
    ) async throws {
        let host = try Host(names, timings, processes)
        do {
            try await body(host)
        } catch {
            await host.launcher.shutdown()
            throw error
        }
        await host.launcher.shutdown()
    }

    private init(_ names: [String], _ timings: HostTimings, _ processes: Int) throws {
        folder = try PluginFolder(names)
        loops = Self.group.makeIterator().map { $0 }
        launcher = try PluginLauncher(
            directories: [folder.directory()], loops: loops, logger: log.logger,
            timings: timings, processes: processes)
    }

    func mount(
        _ type: String, kind: BackendKind = .secret, options: [String: String] = [:],
        storage: MountStorage? = nil, in namespaceID: String = "",
        bounds: @escaping @Sendable () -> [NamespaceBounds] = { [] }
    ) async throws -> any Backend {
        let own = try await TestStorage.make()
        var mount = BackendMount(
            id: UUID128.random(), namespaceID: namespaceID, kind: kind, type: type,
            path: type + "/", options: options,
            defaultLeaseTTLSeconds: 60, maxLeaseTTLSeconds: 600, storage: storage ?? own)
        mount.bounds = bounds
        return try await launcher.open(mount)
    }

    func status(_ type: String, in namespaceID: String? = nil) async -> PluginStatus? {
        await launcher.status.first {
            $0.type == type && (namespaceID == nil || $0.namespaceID == namespaceID)
        }
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
