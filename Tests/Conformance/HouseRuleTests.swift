// What the protocol does not ask of a stranger's plugin, and we ask of our own.

import Glibc
import Testing
import Wire

@testable import Conformance

@Suite(.blocking) struct HouseRuleTests {
    /// A plugin at rest, in a debug build. What a release takes is measured, not tested.
    private static let idleKiB = 40 << 10

    @Test("a plugin at rest takes little memory", arguments: TestedPlugins.mounts)
    func memory(_ subject: Subject) throws {
        let mount = try TriedMount(subject, Findings(.start), lanes: 2)
        try mount.conversation.settle()
        let resident = try mount.conversation.host.process.statusKiB("VmRSS")
        #expect(resident < Self.idleKiB, "\(resident) KiB")
    }

    @Test("started by hand it says what to do with it", arguments: TestedPlugins.programs)
    func byHand(_ subject: Subject) throws {
        let (process, sockets) = try ChildProcess.start(subject, lanes: 1, environment: [])
        defer { for socket in sockets { close(socket) } }
        #expect(process.ending() == .exited(2))
        let text = String(decoding: process.log, as: UTF8.self)
        #expect(
            text.contains("plugin of Coffer")
                && (text.contains("enable") || text.contains("config")))
    }
}
