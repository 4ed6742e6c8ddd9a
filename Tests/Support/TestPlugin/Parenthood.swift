// Stands in for the core in the test of its sudden death: starts a child as the host does and waits
// to be killed.

import CProcess
import Glibc

enum Parenthood {
    static func run() -> Never {
        var ours: Int32 = -1
        var theirs: Int32 = -1
        guard coffer_socket_pair(&ours, &theirs) == 0 else { exit(65) }
        let program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
        let name = strdup("coffer-plugin-mute")
        let arguments: [UnsafePointer<CChar>?] = [UnsafePointer(name), nil]
        let environment: [UnsafePointer<CChar>?] = [nil]
        var result = coffer_spawn_result()
        let isStarted = arguments.withUnsafeBufferPointer { arguments in
            environment.withUnsafeBufferPointer { environment in
                withUnsafePointer(to: theirs) { lanes in
                    var plan = coffer_spawn_plan(
                        executable: program, keep_executable: false,
                        arguments: arguments.baseAddress, environment: environment.baseAddress,
                        lanes: lanes, lane_count: 1, log_pipe: STDERR_FILENO, sandbox: nil)
                    return coffer_spawn(&plan, &result)
                }
            }
        }
        guard isStarted else { exit(66) }
        let line = "{\"@message\":\"child\",\"child\":\"\(result.pid)\"}\n"
        _ = write(STDERR_FILENO, line, line.utf8.count)
        while true { pause() }
    }
}
