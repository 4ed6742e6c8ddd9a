// Which system calls a plugin may make. What is not named here is refused.

/// The rules by name. They follow from the profile and from nothing that the plugin says.
struct SystemCallPolicy: Sendable {
    private(set) var rules: [String: SystemCallRule] = [:]
    /// For calls that are not named: they exist, and programs have to live without them.
    private(set) var fallback = Verdict.refuse(.notPermitted)

    /// `hasOwnProcesses`: it sees no processes but its own, so that it may signal them and start
    /// more, which end with it.
    init(_ profile: SandboxProfile, isScript: Bool, hasOwnProcesses: Bool) {
        let forks = profile.processes > 0 && hasOwnProcesses
        set(Self.everyday, .always(.allow))
        set(Self.attacks, .always(.kill))
        if !profile.writablePaths.isEmpty { set(Self.changesOfFiles, .always(.allow)) }
        if forks { set(["fork", "vfork", "setpgid"], .always(.allow)) }
        if hasOwnProcesses { set(["kill"], .always(.allow)) }
        if profile.allowsNetwork { set(Self.networking, .always(.allow)) }
        rules["socket"] = Self.socket(profile)
        rules["socketpair"] = Self.socketPair
        rules["clone"] = Self.clone(forks: forks)
        // Its flags are in memory, where no filter can look: without it the C library takes clone.
        rules["clone3"] = .always(.refuse(.noSuchCall))
        // What runs stays in this sandbox, so to run another program gains nothing; but without
        // processes there is no need to. The start itself names no path.
        let mayExecute = isScript || forks
        rules["execve"] = .always(mayExecute ? .allow : .refuse(.notPermitted))
        rules["execveat"] =
            mayExecute
            ? .always(.allow)
            : .allow(when: [[.equals(4, mask: 0x1000, 0x1000)]], otherwise: .notPermitted)
        rules["mmap"] = Self.memoryMap
        rules["prctl"] = Self.processControl
        rules["ioctl"] = Self.deviceControl
        // One's own limits only, which can be lowered but not raised.
        rules["prlimit64"] = .allow(when: [[.equals(0, 0)]], otherwise: .notPermitted)
    }

    private mutating func set(_ names: [String], _ rule: SystemCallRule) {
        for name in names { rules[name] = rule }
    }

    // MARK: Reports

    /// What becomes of a call. `name` is `nil` for one that is not in the table.
    func verdict(_ name: String?, _ arguments: [UInt64]) -> Verdict {
        name.flatMap { rules[$0] }?.verdict(arguments) ?? fallback
    }

    /// Calls that open or run files, which the file rules look at when this policy lets them.
    static let opening: Set<String> = ["open", "openat", "openat2", "creat", "execve"]

    /// The same, but that what is refused waits for the host's word, and with `files` what names
    /// one too. The start of the program names none: nobody listens yet then.
    func reporting(files: Bool) -> SystemCallPolicy {
        var policy = self
        policy.fallback = Self.reported(fallback)
        for (name, rule) in rules {
            var rule = rule
            rule.otherwise = Self.reported(rule.otherwise)
            for index in rule.cases.indices {
                rule.cases[index].verdict = Self.reported(rule.cases[index].verdict)
            }
            if files, Self.opening.contains(name), rule == .always(.allow) {
                rule = .always(.report)
            }
            policy.rules[name] = rule
        }
        return policy
    }

    private static func reported(_ verdict: Verdict) -> Verdict {
        switch verdict {
        // What does not exist is no attack: libraries look for it and take something else.
        case .allow, .refuse(.noSuchCall), .report: verdict
        case .refuse, .kill: .report
        }
    }

    // MARK: By argument

    /// Threads. With processes declared, those too, but never in a namespace of their own, as a
    /// child of the core, or traced.
    private static func clone(forks: Bool) -> SystemCallRule {
        let namespaces: UInt32 = 0x7E02_0000
        let parentAndTrace: UInt32 = 0x8000 | 0x2000
        let thread: UInt32 = 0x0001_0000 | 0x0000_0100 | 0x0000_0800
        let namespaceCase = SystemCallRule.Case(
            tests: [.hasAny(0, of: namespaces)], verdict: .kill)
        let traceCase = SystemCallRule.Case(
            tests: [.hasAny(0, of: parentAndTrace)], verdict: .refuse(.notPermitted))
        let threadCase = SystemCallRule.Case(
            tests: [.equals(0, mask: thread, thread)], verdict: .allow)
        return SystemCallRule(
            cases: [namespaceCase, traceCase, threadCase],
            otherwise: forks ? .allow : .refuse(.notPermitted))
    }

    /// Shared memory without a file and stacks that grow are not counted as the process's data: a
    /// plugin could fill the machine with them, whatever its limit.
    private static let memoryMap = SystemCallRule(
        cases: [
            .init(tests: [.hasAny(3, of: 0x100)], verdict: .refuse(.notPermitted)),
            .init(tests: [.equals(3, mask: 0x21, 0x21)], verdict: .refuse(.notPermitted)),
        ], otherwise: .allow)

    private static func socket(_ profile: SandboxProfile) -> SystemCallRule {
        guard profile.allowsNetwork else { return .always(.refuse(.noAccess)) }
        // Local, IPv4, IPv6, and the routing table, which resolvers ask.
        return .allow(
            when: [
                [.equals(0, 1)], [.equals(0, 2)], [.equals(0, 10)],
                [.equals(0, 16), .equals(2, 0)],
            ],
            otherwise: .noAccess)
    }

    /// Connected streams within the process; datagrams could be sent to anyone's socket.
    private static let socketPair = SystemCallRule.allow(
        when: [[.equals(0, 1), .equals(1, mask: 0xF, 1)]], otherwise: .noAccess)

    /// Names, dumpability off, death with the core (which cannot be taken back), and questions.
    private static let processControl: SystemCallRule = {
        let plain: [UInt32] = [
            2, 3, 15, 16, 21, 23, 29, 30, 38, 39, 40, 41, 42, 54, 0x5356_4D41,
        ]
        let death: [ArgumentTest] = [.equals(0, 1), .equals(1, 9)]
        let noDumps: [ArgumentTest] = [.equals(0, 4), .equals(1, 0)]
        return .allow(when: plain.map { [.equals(0, $0)] } + [death, noDumps], otherwise: .invalid)
    }()

    /// Non-blocking, close-on-exec, how much is there to read, and whether it is a terminal.
    private static let deviceControl = SystemCallRule.allow(
        when: [0x541B, 0x5421, 0x5450, 0x5451, 0x5401, 0x5413].map { [.equals(1, $0)] },
        otherwise: .notATerminal)
}
