import Testing

@testable import PluginHost

@Suite struct SandboxPlanTests {
    private static let everything = KernelFeatures(
        landlock: 7, hasFilters: true, users: 1_900_000_000..<1_900_065_536,
        namespaces: 0x6800_0000)
    private static let nothing = KernelFeatures(
        landlock: 0, hasFilters: false, users: nil, namespaces: 0)

    private func plan(
        _ profile: SandboxProfile = SandboxProfile(), features: KernelFeatures = everything,
        interpreter: [String] = [], lanes: Int = 2
    ) -> SandboxPlan {
        SandboxPlan(
            profile, program: .init(interpreter: interpreter), lanes: lanes, features: features,
            user: features.users?.lowerBound, libraries: ["/opt/lib"])
    }

    private func limit(_ plan: SandboxPlan, _ resource: ResourceLimit.Resource) -> UInt64? {
        plan.limits.first { $0.resource == resource }?.most
    }

    @Test("with all that a kernel can offer the sandbox is full")
    func full() {
        let plan = plan()
        #expect(plan.state == .full)
        #expect(plan.state.description == "full")
        #expect(plan.user == 1_900_000_000)
        #expect(plan.filter != nil)
        #expect(plan.namespaces == 0x6800_0000)
    }

    @Test("whatever the kernel lacks is said, and the rest holds")
    func partial() {
        let bare = plan(features: Self.nothing)
        #expect(bare.state.name == "partial")
        #expect(bare.state.gaps.count == 5)
        #expect(bare.filter == nil)
        #expect(bare.fileRules == nil)
        #expect(limit(bare, .data) != nil)
        #expect(limit(bare, .processes) == nil)
        var noLandlock = Self.everything
        noLandlock.landlock = 0
        #expect(plan(features: noLandlock).state.description.contains("no landlock"))
        var unprivileged = Self.everything
        unprivileged.users = nil
        unprivileged.namespaces |= 0x1000_0000
        let own = plan(features: unprivileged)
        #expect(own.state.gaps == ["it runs as the server's user"])
        #expect(limit(own, .processes) != nil)
    }

    @Test("by default nothing but libraries, and nothing that can be written")
    func files() {
        let rules = plan().fileRules ?? []
        #expect(rules.contains { $0.path == "/opt/lib" })
        for path in ["/", "/etc", "/home", "/root", "/var", "/proc", "/tmp", "/usr", "/sys"] {
            #expect(!rules.contains { $0.path == path }, "\(path)")
        }
        let writable = rules.filter { $0.access.contains(.writeFile) }
        #expect(writable.map(\.path) == ["/dev/null"])
        #expect(!rules.contains { $0.path == "/etc/resolv.conf" })
    }

    @Test("what the entry declares is added, and must be there")
    func declared() {
        let profile = SandboxProfile(
            allowsNetwork: true, readablePaths: ["/srv/a"], writablePaths: ["/srv/b"])
        let plan = plan(profile)
        let rules = plan.fileRules ?? []
        #expect(rules.contains(FileRule(path: "/srv/a", access: .run, isRequired: true)))
        #expect(rules.contains(FileRule(path: "/srv/b", access: .change, isRequired: true)))
        #expect(rules.contains { $0.path == "/etc/resolv.conf" })
        // Its own network namespace would have no network.
        #expect(plan.namespaces == 0x2800_0000)
        #expect(plan.state == .full)
        #expect((limit(plan, .fileSize) ?? 0) > 0)
    }

    @Test("no limit can be declared away by a number that overflows")
    func limits() {
        let greedy = SandboxProfile(memoryBytes: .max, processes: .max, openFiles: .max)
        #expect(limit(plan(greedy), .data) == .max)
        let negative = SandboxProfile(processes: .min, openFiles: -1)
        #expect(limit(plan(negative), .openFiles) == 6)
        #expect(limit(plan(negative), .processes) == PluginHostLimits.pluginThreads + 2)
        let usual = plan()
        #expect(limit(usual, .coreFile) == 0)
        #expect(limit(usual, .fileSize) == 0)
        #expect(
            limit(usual, .data) == PluginHostLimits.pluginMemoryBytes + 2
                * PluginHostLimits.pluginStackBytes)
    }

    @Test(
        "a script's interpreter is what its first line says, by name through env",
        arguments: [
            ("#!/usr/bin/python3", ["/usr/bin/python3"]),
            ("#! /bin/sh -e", ["/bin/sh"]),
            (
                "#!/usr/bin/env python3",
                ["/usr/bin/env", "/usr/local/bin/python3", "/usr/bin/python3", "/bin/python3"]
            ),
            (
                "#!/usr/bin/env -S python3 -u",
                ["/usr/bin/env", "/usr/local/bin/python3", "/usr/bin/python3", "/bin/python3"]
            ),
            ("#!/usr/bin/env ../../etc/x", ["/usr/bin/env"]),
            ("#!relative", []), ("#!", []), ("not a script", []),
        ])
    func interpreters(_ line: String, _ paths: [String]) {
        #expect(FileRules.interpreter(ofFirstLine: line) == paths)
    }

    @Test("each start has a user of its own; with a writable folder a plugin keeps its user")
    func users() {
        let users = PluginUsers(100..<106)
        let passing = (0..<3).map { _ in users.passingUser() }
        #expect(Set(passing.compactMap { $0 }) == [100, 101, 102])
        let lasting = ["a", "b", "c"].map { users.lastingUser(of: $0) }
        #expect(Set(lasting.compactMap { $0 }) == [103, 104, 105])
        #expect(users.lastingUser(of: "b") == lasting[1])
        #expect(users.lastingUser(of: "d") == nil)
        let range: Range<UInt32> = 1_000..<9_000
        #expect(PluginUsers(range).lastingUser(of: "a") == PluginUsers(range).lastingUser(of: "a"))
        #expect((0..<9_000).allSatisfy { _ in users.passingUser().map { $0 < 103 } == true })
    }

    @Test("a range of users is used only if all of it exists")
    func ranges() {
        #expect(PluginUsers.range { _ in true } == PluginUsers.ranges.first)
        #expect(PluginUsers.range { $0.upperBound <= 65_536 } == PluginUsers.ranges.last)
        #expect(PluginUsers.range { _ in false } == nil)
    }
}
