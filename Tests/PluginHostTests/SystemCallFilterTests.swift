import Testing

@testable import PluginHost

@Suite struct SystemCallFilterTests {
    private func verdict(
        _ name: String, _ arguments: [UInt64] = [], for profile: SandboxProfile = SandboxProfile(),
        isScript: Bool = false, hasOwnProcesses: Bool = true, on machine: Machine = .amd64
    ) throws -> Verdict {
        let policy = SystemCallPolicy(
            profile, isScript: isScript, hasOwnProcesses: hasOwnProcesses)
        return try FilterMachine.run(
            FilterProgram(policy, machine: machine), FakeSystemCall(name, arguments, on: machine))
    }

    private static let threadFlags: UInt64 = 0x3D_0F00

    @Test("what every program does all day is allowed", arguments: Machine.allCases)
    func everyday(_ machine: Machine) throws {
        for name in SystemCallPolicy.everyday where SystemCall.number(name, on: machine) != nil {
            #expect(try verdict(name, on: machine) == .allow, "\(name)")
        }
        #expect(try verdict("clone", [Self.threadFlags], on: machine) == .allow)
        #expect(try verdict("mmap", [0, 4096, 3, 0x22], on: machine) == .allow)
        #expect(try verdict("ioctl", [3, 0x541B], on: machine) == .allow)
    }

    @Test("what nothing but an attack does ends the process", arguments: Machine.allCases)
    func attacks(_ machine: Machine) throws {
        for name in SystemCallPolicy.attacks where SystemCall.number(name, on: machine) != nil {
            #expect(try verdict(name, on: machine) == .kill, "\(name)")
            let generous = SandboxProfile(
                allowsNetwork: true, readablePaths: ["/"], writablePaths: ["/"], processes: 9)
            #expect(
                try verdict(name, for: generous, isScript: true, on: machine) == .kill, "\(name)")
        }
        for flag in [0x2_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000] as [UInt64] {
            #expect(try verdict("clone", [Self.threadFlags | flag], on: machine) == .kill)
            #expect(
                try verdict("clone", [flag | 17], for: SandboxProfile(processes: 9), on: machine)
                    == .kill)
        }
    }

    @Test(
        "what is not named is refused, and a call of the future is not there",
        arguments: Machine.allCases)
    func unnamed(_ machine: Machine) throws {
        for name in [
            "io_uring_setup", "io_uring_enter", "memfd_create", "shmget", "perf_event_open",
            "chown", "fchownat", "fchmodat", "setxattr", "utimensat", "inotify_init1", "setuid",
            "setresuid", "capset", "setgroups", "sched_setscheduler", "landlock_restrict_self",
            "seccomp", "pidfd_open", "pidfd_send_signal", "personality", "rt_sigqueueinfo",
            "mknodat", "fanotify_init", "memfd_secret", "splice", "vmsplice", "setpriority",
        ] where SystemCall.number(name, on: machine) != nil {
            #expect(try verdict(name, on: machine) == .refuse(.notPermitted), "\(name)")
        }
        #expect(try verdict("clone3", on: machine) == .refuse(.noSuchCall))
        let policy = SystemCallPolicy(SandboxProfile(), isScript: false, hasOwnProcesses: true)
        let program = FilterProgram(policy, machine: machine)
        let future = FakeSystemCall(number: 463, machine: machine.auditNumber)
        #expect(try FilterMachine.run(program, future) == .refuse(.noSuchCall))
    }

    @Test("calls by the numbers of another machine, or of x32, end the process")
    func otherInterfaces() throws {
        let policy = SystemCallPolicy(SandboxProfile(), isScript: false, hasOwnProcesses: true)
        let program = FilterProgram(policy, machine: .amd64)
        // i386, whose number 3 is read and on x86-64 close.
        let foreign = FakeSystemCall(number: 3, machine: 0x4000_0003)
        #expect(try FilterMachine.run(program, foreign) == .kill)
        for number in [0x4000_0000, 0x4000_0029, 0xFFFF_FFFF] as [UInt32] {
            let call = FakeSystemCall(number: number, machine: Machine.amd64.auditNumber)
            #expect(try FilterMachine.run(program, call) == .kill)
        }
    }

    @Test("without network there is no socket, and pairs only of connected streams")
    func sockets() throws {
        let online = SandboxProfile(allowsNetwork: true)
        for family in [1, 2, 10, 16, 17, 40] as [UInt64] {
            #expect(try verdict("socket", [family, 1, 0]) == .refuse(.noAccess))
        }
        for name in ["connect", "bind", "listen", "accept4"] {
            #expect(try verdict(name) == .refuse(.notPermitted))
            #expect(try verdict(name, for: online) == .allow)
        }
        for family in [1, 2, 10] as [UInt64] {
            #expect(try verdict("socket", [family, 1, 0], for: online) == .allow)
        }
        #expect(try verdict("socket", [16, 3, 0], for: online) == .allow)
        // Other netlink protocols, packets, and sockets to the machine's host.
        #expect(try verdict("socket", [16, 3, 9], for: online) == .refuse(.noAccess))
        #expect(try verdict("socket", [17, 3, 0], for: online) == .refuse(.noAccess))
        #expect(try verdict("socket", [40, 1, 0], for: online) == .refuse(.noAccess))
        #expect(try verdict("socketpair", [1, 0x80801, 0]) == .allow)
        #expect(try verdict("socketpair", [1, 2, 0]) == .refuse(.noAccess))
        #expect(try verdict("socketpair", [2, 1, 0]) == .refuse(.noAccess))
    }

    @Test("processes are started only where they are declared and cannot outlive the plugin")
    func processes() throws {
        let forking = SandboxProfile(processes: 4)
        for name in ["fork", "vfork", "execve"] {
            #expect(try verdict(name) == .refuse(.notPermitted))
            #expect(try verdict(name, for: forking) == .allow)
            #expect(
                try verdict(name, for: forking, hasOwnProcesses: false) == .refuse(.notPermitted))
        }
        #expect(try verdict("clone", [17]) == .refuse(.notPermitted))
        #expect(try verdict("clone", [17], for: forking) == .allow)
        // CLONE_PARENT would make it a child of the core.
        #expect(try verdict("clone", [0x8000 | 17], for: forking) == .refuse(.notPermitted))
        #expect(try verdict("kill", [1, 9], hasOwnProcesses: false) == .refuse(.notPermitted))
        // The start names a descriptor and no path.
        #expect(try verdict("execveat", [5, 0, 0, 0, 0x1000]) == .allow)
        #expect(try verdict("execveat", [5, 0, 0, 0, 0]) == .refuse(.notPermitted))
    }

    @Test("memory that no limit counts is not given out")
    func memory() throws {
        #expect(try verdict("mmap", [0, 4096, 3, 0x21]) == .refuse(.notPermitted))
        #expect(try verdict("mmap", [0, 4096, 3, 0x23]) == .refuse(.notPermitted))
        #expect(try verdict("mmap", [0, 4096, 3, 0x122]) == .refuse(.notPermitted))
        #expect(try verdict("mmap", [0, 4096, 1, 0x01]) == .allow)
        #expect(try verdict("mmap", [0, 4096, 1, 0x02]) == .allow)
    }

    @Test("a plugin cannot take back its death with the core, nor become readable to others")
    func processControl() throws {
        #expect(try verdict("prctl", [1, 9]) == .allow)
        #expect(try verdict("prctl", [1, 0]) == .refuse(.invalid))
        #expect(try verdict("prctl", [4, 0]) == .allow)
        #expect(try verdict("prctl", [4, 1]) == .refuse(.invalid))
        #expect(try verdict("prctl", [15, 0]) == .allow)
        // PR_SET_PTRACER, PR_SET_MM, PR_SET_SECCOMP, PR_CAP_AMBIENT.
        for option in [0x5961_6D61, 35, 22, 47] as [UInt64] {
            #expect(try verdict("prctl", [option]) == .refuse(.invalid))
        }
        #expect(try verdict("prlimit64", [0, 7]) == .allow)
        #expect(try verdict("prlimit64", [1, 7]) == .refuse(.notPermitted))
        #expect(try verdict("ioctl", [0, 0x5412]) == .refuse(.notATerminal))
    }

    @Test("files are changed only with a writable folder, and never their owner")
    func changes() throws {
        let writing = SandboxProfile(writablePaths: ["/x"])
        for name in ["unlink", "rename", "mkdir", "ftruncate", "fchmod"] {
            #expect(try verdict(name) == .refuse(.notPermitted))
            #expect(try verdict(name, for: writing) == .allow)
        }
        for name in ["chown", "fchown", "setxattr", "mknod"] {
            #expect(try verdict(name, for: writing) == .refuse(.notPermitted))
        }
    }

    @Test("the whole of a call's number decides, for every number", arguments: Machine.allCases)
    func everyNumber(_ machine: Machine) throws {
        let policy = SystemCallPolicy(SandboxProfile(), isScript: false, hasOwnProcesses: true)
        let program = FilterProgram(policy, machine: machine)
        #expect(program.steps.count < FilterProgram.mostSteps)
        let allowed = Set(
            policy.rules.filter { $0.value == .always(.allow) }.keys.compactMap {
                SystemCall.number($0, on: machine)
            })
        let special = Set(
            policy.rules.filter { !$0.value.cases.isEmpty }.keys.compactMap {
                SystemCall.number($0, on: machine)
            })
        for number in 0...(SystemCall.newestNumber + 20) where !special.contains(number) {
            let call = FakeSystemCall(number: number, machine: machine.auditNumber)
            #expect(
                (try FilterMachine.run(program, call) == .allow) == allowed.contains(number),
                "\(number)")
        }
    }

    @Test("every name in the rules is a system call")
    func names() {
        let profile = SandboxProfile(allowsNetwork: true, writablePaths: ["/x"], processes: 1)
        let policy = SystemCallPolicy(profile, isScript: true, hasOwnProcesses: true)
        for name in policy.rules.keys { #expect(SystemCall.exists(name), "\(name)") }
    }
}
