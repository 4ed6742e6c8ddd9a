// A plugin's process: started as the core starts it, with its log collected, and always collected
// itself, with all that it started.

import CProcess
import Glibc

final class ChildProcess {
    enum Ending: Equatable, CustomStringConvertible {
        case exited(Int32)
        case killed(signal: Int32)

        var description: String {
            switch self {
            case .exited(let code): "exited with \(code)"
            case .killed(let signal): "been ended by signal \(signal)"
            }
        }
    }

    /// More than any honest plugin says; what comes beyond is read and dropped.
    static let maxLogBytes = 16 << 20

    let pid: pid_t
    let logDescriptor: Int32
    private let subject: Subject
    private let descriptor: Int32
    private var end: Ending?
    private(set) var log: [UInt8] = []

    /// Returns the process and our ends of its lanes. The environment is what is given, what the
    /// subject wants, and nothing else.
    static func start(
        _ subject: Subject, lanes count: Int, environment: [String]
    ) throws -> (ChildProcess, [Int32]) {
        let program = open(subject.file, O_RDONLY | O_CLOEXEC)
        guard program >= 0 else {
            throw Failed("\(subject.file): \(String(cString: strerror(errno)))", .start)
        }
        defer { close(program) }
        var ours: [Int32] = []
        var theirs: [Int32] = []
        var isStarted = false
        defer {
            for socket in theirs { close(socket) }
            if !isStarted { for socket in ours { close(socket) } }
        }
        for _ in 0..<count {
            var pair: (Int32, Int32) = (-1, -1)
            guard coffer_socket_pair(&pair.0, &pair.1) == 0 else { throw Failed("socketpair") }
            ours.append(pair.0)
            theirs.append(pair.1)
        }
        var log: (Int32, Int32) = (-1, -1)
        guard coffer_log_pipe(&log.0, &log.1) == 0 else { throw Failed("pipe") }
        ours.append(log.0)
        theirs.append(log.1)

        let result = try spawn(
            subject, program, lanes: Array(theirs.dropLast()), log: log.1,
            environment: environment + subject.environment)
        isStarted = true
        return (ChildProcess(subject, result, log: log.0), Array(ours.dropLast()))
    }

    private static func spawn(
        _ subject: Subject, _ program: Int32, lanes: [Int32], log: Int32, environment: [String]
    ) throws -> coffer_spawn_result {
        let arguments = cStrings([subject.name] + subject.arguments)
        let environment = cStrings(environment)
        defer {
            for text in arguments + environment { free(UnsafeMutablePointer(mutating: text)) }
        }
        var result = coffer_spawn_result()
        let isStarted = arguments.withUnsafeBufferPointer { arguments in
            environment.withUnsafeBufferPointer { environment in
                lanes.withUnsafeBufferPointer { lanes in
                    var plan = coffer_spawn_plan()
                    plan.executable = program
                    plan.keep_executable = isScript(program)
                    plan.arguments = arguments.baseAddress
                    plan.environment = environment.baseAddress
                    plan.lanes = lanes.baseAddress
                    plan.lane_count = Int32(lanes.count)
                    plan.log_pipe = log
                    return coffer_spawn(&plan, &result)
                }
            }
        }
        guard isStarted else {
            let reason = String(cString: strerror(result.error))
            throw Failed("\(subject.file) cannot be started: \(reason)", .start)
        }
        return result
    }

    /// Scripts are opened a second time, by their interpreter.
    private static func isScript(_ program: Int32) -> Bool {
        var mark: [UInt8] = [0, 0]
        return pread(program, &mark, 2, 0) == 2 && mark == Array("#!".utf8)
    }

    private static func cStrings(_ texts: [String]) -> [UnsafePointer<CChar>?] {
        texts.map { UnsafePointer(strdup($0)) } + [nil]
    }

    private init(_ subject: Subject, _ result: coffer_spawn_result, log: Int32) {
        self.subject = subject
        pid = result.pid
        descriptor = result.pidfd
        logDescriptor = log
    }

    deinit {
        stop()
        close(descriptor)
        close(logDescriptor)
    }

    func signal(_ number: Int32) { _ = coffer_signal(descriptor, number) }

    /// How it ended by itself, or nil if it did not in time. Its log is read all the while, because
    /// a full pipe would hold it up.
    func ending() -> Ending? {
        let deadline = subject.deadline
        while end == nil {
            var waiting = [
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: logDescriptor, events: Int16(POLLIN), revents: 0),
            ]
            // An ended log is always ready, and would turn the wait into a busy one.
            let count: nfds_t = collectLog() ? 2 : 1
            guard !deadline.isOver, poll(&waiting, count, deadline.milliseconds) > 0 else {
                return nil
            }
            reap()
        }
        _ = collectLog()
        return end
    }

    /// Reads what is there; false at the end.
    @discardableResult
    func collectLog() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        // A plugin that never stops talking is not listened to for ever.
        for _ in 0..<1_000 {
            let count = read(logDescriptor, &buffer, buffer.count)
            guard count > 0 else { return count < 0 }
            log += buffer[..<min(count, max(0, Self.maxLogBytes - log.count))]
        }
        return true
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

    private func stop() {
        guard end == nil else { return }
        signal(SIGKILL)
        while end == nil {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            _ = poll(&waiting, 1, -1)
            reap()
        }
    }

    private func reap() {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard end == nil, poll(&waiting, 1, 0) == 1 else { return }
        // It leads a group of its own, whose number is not given away before it is collected.
        kill(-pid, SIGKILL)
        var signalled = false
        var status: Int32 = 0
        guard coffer_reap(descriptor, &signalled, &status) == 1 else { return }
        end = signalled ? .killed(signal: status) : .exited(status)
    }
}
