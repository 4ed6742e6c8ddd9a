// A plugin's process: started as the core starts it, with its log collected, and always collected
// itself.

import CProcess
import Glibc

final class ChildProcess {
    enum Ending: Equatable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    let pid: pid_t
    let logDescriptor: Int32
    private let descriptor: Int32
    private var ending: Ending?
    private(set) var log: [UInt8] = []

    /// Returns the process and our ends of its lanes. The environment is what is given and nothing
    /// else.
    static func start(
        _ plugin: ConformancePlugin, lanes count: Int, environment: [String]
    ) throws -> (ChildProcess, [Int32]) {
        let program = open(plugin.file, O_RDONLY | O_CLOEXEC)
        guard program >= 0 else { throw Failed("cannot open \(plugin.file)") }
        defer { close(program) }
        var ours: [Int32] = []
        var theirs: [Int32] = []
        defer { for socket in theirs { close(socket) } }
        for _ in 0..<count {
            var pair: (Int32, Int32) = (-1, -1)
            guard coffer_socket_pair(&pair.0, &pair.1) == 0 else { throw Failed("socketpair") }
            ours.append(pair.0)
            theirs.append(pair.1)
        }
        var log: (Int32, Int32) = (-1, -1)
        guard coffer_log_pipe(&log.0, &log.1) == 0 else { throw Failed("pipe") }
        defer { close(log.1) }

        let arguments = cStrings([plugin.name])
        let environment = cStrings(environment)
        defer {
            for text in arguments + environment { free(UnsafeMutablePointer(mutating: text)) }
        }
        var result = coffer_spawn_result()
        let isStarted = arguments.withUnsafeBufferPointer { arguments in
            environment.withUnsafeBufferPointer { environment in
                theirs.withUnsafeBufferPointer { lanes in
                    var plan = coffer_spawn_plan(
                        executable: program, keep_executable: false,
                        arguments: arguments.baseAddress, environment: environment.baseAddress,
                        lanes: lanes.baseAddress, lane_count: Int32(lanes.count), log_pipe: log.1)
                    return coffer_spawn(&plan, &result)
                }
            }
        }
        guard isStarted else {
            for socket in ours + [log.0] { close(socket) }
            throw Failed("cannot start \(plugin.name): errno \(result.error)")
        }
        return (ChildProcess(result, log: log.0), ours)
    }

    private static func cStrings(_ texts: [String]) -> [UnsafePointer<CChar>?] {
        texts.map { UnsafePointer(strdup($0)) } + [nil]
    }

    private init(_ result: coffer_spawn_result, log: Int32) {
        pid = result.pid
        descriptor = result.pidfd
        logDescriptor = log
    }

    deinit {
        end()
        close(descriptor)
        close(logDescriptor)
    }

    func signal(_ number: Int32) { _ = coffer_signal(descriptor, number) }

    /// How it ended by itself, or nil if it did not in time. Its log is read all the while, because
    /// a full pipe would hold it up.
    func ending(within deadline: Deadline = Deadline()) -> Ending? {
        while ending == nil {
            var waiting = [
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: logDescriptor, events: Int16(POLLIN), revents: 0),
            ]
            // An ended log is always ready, and would turn the wait into a busy one.
            let count: nfds_t = collectLog() ? 2 : 1
            guard poll(&waiting, count, deadline.milliseconds) > 0 else { return nil }
            reap()
        }
        _ = collectLog()
        return ending
    }

    /// Reads what is there; false at the end.
    @discardableResult
    func collectLog() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = read(logDescriptor, &buffer, buffer.count)
            if count > 0 { log += buffer[..<count] } else { return count < 0 }
        }
    }

    /// A number of `/proc/PID/status`, which the kernel counts in KiB.
    func statusKiB(_ name: String) throws -> Int {
        guard let file = fopen("/proc/\(pid)/status", "r") else { throw Failed("no \(pid)") }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 512)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(
                decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            guard text.hasPrefix(name + ":") else { continue }
            let digits = text.filter(\.isNumber)
            if let number = Int(digits) { return number }
        }
        throw Failed("/proc says no \(name)")
    }

    func end() {
        guard ending == nil else { return }
        signal(SIGKILL)
        while ending == nil {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            _ = poll(&waiting, 1, -1)
            reap()
        }
    }

    private func reap() {
        var signalled = false
        var status: Int32 = 0
        guard ending == nil, coffer_reap(descriptor, &signalled, &status) == 1 else { return }
        ending = signalled ? .killed(signal: status) : .exited(status)
    }
}
