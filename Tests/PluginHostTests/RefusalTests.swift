// What is told of refusals, and that telling changes nothing about what is refused.

import Glibc
import Logging
import Testing

@testable import PluginHost

@Suite struct RefusalTests {
    private static let second: UInt64 = 1_000_000_000
    private static let window = PluginHostLimits.refusalWindowSeconds * second

    // MARK: The filter that reports

    private static let profiles = [
        SandboxProfile(), SandboxProfile(allowsNetwork: true),
        SandboxProfile(writablePaths: ["/x"], processes: 3),
    ]

    /// Arguments that some rule looks at.
    private static let arguments: [[UInt64]] = [
        [], [1, 9], [1, 0], [4, 1], [2, 1, 0], [16, 3, 9], [0x3D_0F00], [0x1000_0011], [17],
        [0x8011], [0, 4_096, 3, 0x21], [3, 0x541B], [3, 0x5412], [5, 0, 0, 0, 0x1000],
    ]

    @Test(
        "the filter that reports lets pass what the other lets pass, and nothing else",
        arguments: profiles, Machine.allCases)
    func sameVerdicts(_ profile: SandboxProfile, _ machine: Machine) throws {
        let policy = SystemCallPolicy(profile, isScript: false, hasOwnProcesses: true)
        let plain = FilterProgram(policy, machine: machine)
        let reporting = FilterProgram(policy.reporting(files: true), machine: machine)
        #expect(reporting.steps.count < FilterProgram.mostSteps)
        let judge = CallJudge(policy: policy, machine: machine)
        for number in 0...(SystemCall.newestNumber + 20) {
            for arguments in Self.arguments {
                var call = FakeSystemCall(number: number, machine: machine.auditNumber)
                call.arguments = arguments
                let alone = try FilterMachine.run(plain, call)
                let reported = try FilterMachine.run(reporting, call)
                guard reported == .report else {
                    #expect(reported == alone, "\(number) \(arguments)")
                    continue
                }
                // Now it is the host's word, which must be the plain filter's.
                switch judge.decide(number: number, arguments) {
                case .refuse(let error, _):
                    #expect(Refusal(rawValue: UInt32(error)).map { .refuse($0) } == alone)
                case .end: #expect(alone == .kill)
                case .goOn(let name):
                    #expect(alone == .allow)
                    #expect(SystemCallPolicy.opening.contains(name))
                }
            }
        }
    }

    @Test("calls of another machine end the process without asking anyone")
    func foreignNumbers() throws {
        let policy = SystemCallPolicy(SandboxProfile(), isScript: false, hasOwnProcesses: true)
        let program = FilterProgram(policy.reporting(files: true), machine: .amd64)
        let foreign = FakeSystemCall(number: 3, machine: 0x4000_0003)
        #expect(try FilterMachine.run(program, foreign) == .kill)
        let x32 = FakeSystemCall(number: 0x4000_0029, machine: Machine.amd64.auditNumber)
        #expect(try FilterMachine.run(program, x32) == .kill)
    }

    @Test("the start of the program is let pass while nobody listens yet")
    func start() throws {
        for processes in [0, 3] {
            let policy = SystemCallPolicy(
                SandboxProfile(processes: processes), isScript: processes > 0,
                hasOwnProcesses: true)
            let program = FilterProgram(policy.reporting(files: true), machine: .current)
            let before: [(String, [UInt64])] = [
                ("sendmsg", [6, 0, 0]), ("execveat", [5, 0, 0, 0, 0x1000]),
            ]
            for (name, arguments) in before {
                let call = FakeSystemCall(name, arguments, on: .current)
                let verdict = try FilterMachine.run(program, call)
                #expect(verdict == .allow, "\(name)")
            }
        }
    }

    @Test("without a listener the plan has no filter that reports, and holds all the same")
    func noListener() {
        var features = KernelFeatures(
            landlock: 7, hasFilters: true, users: 5..<9, namespaces: 0x6800_0000)
        func plan() -> SandboxPlan {
            SandboxPlan(
                SandboxProfile(), program: .init(interpreter: []), lanes: 1, features: features,
                user: 5)
        }
        #expect(plan().reportingFilter == nil)
        #expect(plan().state == .full)
        features.reportsRefusals = true
        #expect(plan().reportingFilter != nil)
        #expect(plan().state == .full)
    }

    // MARK: The log

    private func messages(_ log: CapturedLog) -> [String] { log.lines.map(\.message) }

    @Test("what is new is told at once, what comes again only as a sum")
    func sums() {
        let log = CapturedLog()
        let book = RefusalBook(label: "plugin \"x\"", logger: log.logger)
        book.runs(version: "1.2")
        for _ in 0..<1_000 { book.note(.call("socket"), pid: 7, now: 5) }
        book.note(.file("/etc/passwd"), pid: 7, now: 5)
        book.note(.file("/etc/shadow"), pid: 7, now: 5)
        #expect(
            messages(log) == [
                "plugin \"x\" was refused a system call: socket",
                "plugin \"x\" was refused a file (open): /etc/passwd",
                "plugin \"x\" was refused a file (open): /etc/shadow",
            ])
        #expect(log.lines.first?.metadata == ["refused": "socket", "pid": "7", "version": "1.2"])
        #expect(log.lines.allSatisfy { $0.level == .warning })
        book.tick(now: Self.window)
        #expect(log.lines.count == 3)
        book.tick(now: Self.window + 5)
        #expect(messages(log).last == "plugin \"x\" was refused 999 more times within 10 seconds")
        #expect(log.lines.last?.metadata["refused"] == "socket 999")
        #expect(book.counts == ["socket": 1_000, "open": 2])
        book.tick(now: 9 * Self.window)
        #expect(log.lines.count == 4)
        book.note(.call("socket"), pid: 8, now: 9 * Self.window)
        #expect(messages(log).last == "plugin \"x\" was refused a system call: socket")
    }

    @Test("however many things it tries, the lines of a window are counted")
    func lines() {
        let log = CapturedLog()
        let book = RefusalBook(label: "x", logger: log.logger)
        for number in 0..<500 { book.note(.file("/\(number)"), pid: nil, now: 1) }
        #expect(log.lines.count == PluginHostLimits.refusalLinesPerWindow)
        // Its end does not swallow what was not told, nor is it told twice.
        book.flush()
        book.flush()
        book.tick(now: 2 * Self.window)
        #expect(log.lines.count == PluginHostLimits.refusalLinesPerWindow + 1)
        #expect(book.counts == ["open": 500])
    }

    @Test("a path can neither forge a line of the log nor fill it")
    func hostilePath() {
        let log = CapturedLog()
        let book = RefusalBook(label: "x", logger: log.logger)
        book.note(.file("/a\n\u{1b}[31m" + String(repeating: "y", count: 9_000)), pid: 1, now: 1)
        let message = log.lines.first?.message ?? ""
        #expect(message.contains("/a\\u{a}\\u{1b}[31my"))
        #expect(message.utf8.count < 2 * PluginHostLimits.refusedPathLogBytes)
    }

    // MARK: Limits

    @Test("who floods is let wait, and later served again")
    func budget() {
        var budget = CallBudget(now: 0)
        var served = 0
        while budget.waitsUntil(now: 1) == nil, served < 100_000 {
            budget.spend(PluginHostLimits.refusedCallCost)
            served += 1
        }
        #expect(served == Int(PluginHostLimits.refusalBudget / PluginHostLimits.refusedCallCost))
        #expect((budget.waitsUntil(now: 1) ?? 0) > 1)
        #expect(budget.waitsUntil(now: Self.second / 10) == nil)
        // Time that stands still or runs back gives nothing and breaks nothing.
        _ = budget.waitsUntil(now: 0)
        _ = budget.waitsUntil(now: .max)
        budget.spend(.max)
        #expect(budget.waitsUntil(now: .max) != nil)
    }

    @Test("coming to a limit is told once, and again when it was left in between")
    func limits() {
        var watch = LimitWatch([ResourceLimit(.data, 6_400), ResourceLimit(.processes, 10)])
        #expect(watch.meets(memoryBytes: 6_200, threads: 9).isEmpty)
        #expect(
            watch.meets(memoryBytes: 6_300, threads: 10) == [
                .memory(mostBytes: 6_400), .threads(most: 10),
            ])
        #expect(watch.meets(memoryBytes: 6_400, threads: 10).isEmpty)
        #expect(watch.meets(memoryBytes: 10, threads: 1).isEmpty)
        #expect(watch.meets(memoryBytes: 6_400, threads: nil) == [.memory(mostBytes: 6_400)])
        var own = LimitWatch([ResourceLimit(.data, 1)])
        #expect(own.look(getpid()) == [.memory(mostBytes: 1)])
    }

    // MARK: Files

    private func judge() -> FileJudge {
        var judge = FileJudge(version: 7)
        judge.allow(.run, below: "/usr/lib")
        judge.allow([.readFile], below: "/etc/hostname")
        return judge.with(ownProcess: getpid())
    }

    private func refused(
        _ path: String, flags: Int32 = O_RDONLY, directory: Int32 = AT_FDCWD
    ) -> String? {
        let call = FileCall(
            "openat", [UInt64(UInt32(bitPattern: directory)), 0, UInt64(flags), 0, 0, 0],
            readText: { _ in path }, readWord: { _ in nil })
        guard let call, let start = ProcessLinks(pid: getpid(), task: getpid()).absolute(call)
        else { return nil }
        // As the kernel does it before it is looked at.
        let descriptor = open(start, O_RDONLY)
        if descriptor >= 0 { close(descriptor) }
        guard case .refused(let path) = judge().verdict(call, at: start) else { return nil }
        return path
    }

    @Test("what the file rules do not name was refused, wherever the path leads around")
    func files() {
        #expect(refused("/etc/passwd") == "/etc/passwd")
        #expect(refused("/usr/lib/../../etc/./passwd") == "/etc/passwd")
        #expect(refused("/proc/self/root/etc/passwd") == "/etc/passwd")
        #expect(refused("/proc/thread-self/root/etc/passwd") == "/etc/passwd")
        #expect(refused("/etc/passwd", flags: O_RDWR) == "/etc/passwd")
        #expect(refused("/etc") == "/etc")
        #expect(refused("/proc/1/environ") == "/proc/1/environ")
        #expect(
            refused("/etc/not-there-at-all", flags: O_CREAT | O_WRONLY) == "/etc/not-there-at-all")
        let folder = open("/etc", O_RDONLY | O_DIRECTORY)
        defer { close(folder) }
        #expect(refused("passwd", directory: folder) == "/etc/passwd")
    }

    @Test("what is allowed, is not there, or gives no access was not refused by the rules")
    func notRefused() {
        #expect(refused("/usr/lib") == nil)
        #expect(refused("/etc/hostname") == nil)
        #expect(refused("/etc/hostname", flags: O_RDWR) == "/etc/hostname")
        #expect(refused("/proc/self/cmdline") == nil)
        #expect(refused("/proc/\(getpid())/status") == nil)
        #expect(refused("/etc/not-there-at-all") == nil)
        #expect(refused("/etc/passwd", flags: 0x20_0000) == nil)
        #expect(refused("") == nil)
    }
}
