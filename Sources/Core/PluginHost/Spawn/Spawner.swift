// One start: sockets and pipe are made here, their other ends become the child's descriptors.

internal import CProcess
internal import Glibc

/// A child that runs, with our ends of its sockets and of its standard error.
struct SpawnedChild: Sendable {
    var process: ChildProcess
    /// In lane order; whoever takes the value closes them.
    var laneSockets: [Int32]
    var logDescriptor: Int32
    /// Where its refused calls wait, if they do.
    var listener: Int32?
    var files: FileJudge?
}

/// What a program is told at its start, besides its name and its lanes.
struct StartingWords: Sendable {
    var arguments: [String] = []
    /// `NAME=value` each.
    var environment: [String] = []
}

enum Spawner {
    /// Called on the process thread only: the child dies with the thread that started it.
    static func spawn(
        _ executable: PluginExecutable, _ words: StartingWords, lanes: Int, sandbox: SandboxPlan?
    ) throws(SpawnError) -> SpawnedChild {
        var ours: [Int32] = []
        var theirs: [Int32] = []
        var isStarted = false
        defer {
            for descriptor in theirs { close(descriptor) }
            if !isStarted { for descriptor in ours { close(descriptor) } }
        }
        for _ in 0..<lanes {
            var host: Int32 = -1
            var child: Int32 = -1
            let error = coffer_socket_pair(&host, &child)
            guard error == 0 else { throw SpawnError(.socketPair, errorNumber: error) }
            ours.append(host)
            theirs.append(child)
        }
        var logRead: Int32 = -1
        var logWrite: Int32 = -1
        let error = coffer_log_pipe(&logRead, &logWrite)
        guard error == 0 else { throw SpawnError(.logPipe, errorNumber: error) }
        ours.append(logRead)
        theirs.append(logWrite)

        let (result, files) = try execute(
            executable, words, laneSockets: Array(theirs.dropLast()), logPipe: logWrite,
            sandbox: sandbox)
        let process = ChildProcess(pid: result.pid, descriptor: result.pidfd)
        guard executable.isUnchanged else {
            process.killGroup()
            if result.listener >= 0 { close(result.listener) }
            while process.collect() == nil {
                var waiting = pollfd(fd: result.pidfd, events: Int16(POLLIN), revents: 0)
                poll(&waiting, 1, -1)
            }
            throw SpawnError(.changedFile)
        }
        isStarted = true
        return SpawnedChild(
            process: process, laneSockets: Array(ours.dropLast()), logDescriptor: logRead,
            listener: result.listener >= 0 ? result.listener : nil, files: files)
    }

    private static func execute(
        _ executable: PluginExecutable, _ words: StartingWords, laneSockets: [Int32],
        logPipe: Int32, sandbox: SandboxPlan?
    ) throws(SpawnError) -> (coffer_spawn_result, FileJudge?) {
        // The whole environment. Nothing of the core's own is handed on.
        let environment = words.environment + ["COFFER_PLUGIN_LANES=\(laneSockets.count)"]
        let arguments = [executable.name] + words.arguments
        var result = coffer_spawn_result()
        let ruleset = try fileRules(sandbox, executable)
        let isStarted = withCStrings(arguments) { arguments in
            withCStrings(environment) { environment in
                laneSockets.withUnsafeBufferPointer { sockets in
                    withSandbox(sandbox, ruleset) { sandbox in
                        var plan = coffer_spawn_plan(
                            executable: executable.descriptor,
                            keep_executable: executable.isScript, arguments: arguments,
                            environment: environment, lanes: sockets.baseAddress,
                            lane_count: Int32(sockets.count), log_pipe: logPipe, sandbox: sandbox)
                        return coffer_spawn(&plan, &result)
                    }
                }
            }
        }
        guard isStarted else { throw SpawnError(result) }
        return (result, ruleset?.judge)
    }

    private static func fileRules(
        _ sandbox: SandboxPlan?, _ executable: PluginExecutable
    ) throws(SpawnError) -> FileRuleset? {
        guard let sandbox, let rules = sandbox.fileRules else { return nil }
        do throws(SandboxError) {
            return try FileRuleset.make(
                rules, program: executable.isCopy ? nil : executable.descriptor,
                version: sandbox.landlock, allowsNetwork: sandbox.allowsNetwork)
        } catch { throw SpawnError(error) }
    }

    private static func withSandbox(
        _ sandbox: SandboxPlan?, _ ruleset: FileRuleset?,
        _ body: (UnsafePointer<coffer_sandbox>?) -> Bool
    ) -> Bool {
        guard let sandbox else { return body(nil) }
        let limits = sandbox.limits.map(\.forKernel)
        let steps = sandbox.filter?.steps.map(\.forKernel) ?? []
        let reporting = sandbox.reportingFilter?.steps.map(\.forKernel) ?? []
        return limits.withUnsafeBufferPointer { limits in
            steps.withUnsafeBufferPointer { steps in
                reporting.withUnsafeBufferPointer { reporting in
                    var kept = coffer_sandbox(
                        namespaces: sandbox.namespaces, limits: limits.baseAddress,
                        limit_count: Int32(limits.count), changes_user: sandbox.user != nil,
                        user: sandbox.user ?? 0, file_rules: ruleset?.descriptor ?? -1,
                        filter: steps.isEmpty ? nil : steps.baseAddress,
                        filter_length: Int32(steps.count),
                        reporting_filter: reporting.isEmpty ? nil : reporting.baseAddress,
                        reporting_length: Int32(reporting.count))
                    return withExtendedLifetime(ruleset) { body(&kept) }
                }
            }
        }
    }

    private static func withCStrings<T>(
        _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> T
    ) -> T {
        // One flat copy, so that all pointers stay good for the whole of `body`.
        let bytes = strings.map { Array($0.utf8CString) }
        let flat = Array(bytes.joined())
        return flat.withUnsafeBufferPointer { flat in
            var offset = 0
            var pointers: [UnsafePointer<CChar>?] = []
            for text in bytes {
                pointers.append(flat.baseAddress.map { $0 + offset })
                offset += text.count
            }
            pointers.append(nil)
            return pointers.withUnsafeBufferPointer { pointers in
                withUnsafeTemporaryAllocation(
                    of: UnsafePointer<CChar>?.self, capacity: pointers.count
                ) { copy in
                    _ = copy.initialize(from: pointers)
                    return body(UnsafePointer(copy.baseAddress.unsafelyUnwrapped))
                }
            }
        }
    }
}
