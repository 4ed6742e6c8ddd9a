import Testing
import Wire

@Suite(.blocking) struct HandshakeTests {
    @Test("there are plugins to check, and the model among them")
    func plugins() {
        let names = ConformancePlugin.all.map(\.name)
        #expect(names.contains("coffer-plugin-test"))
        #expect(names.contains("coffer-plugin-kv"))
    }

    @Test(
        "every lane is greeted by the same plugin, which needs no environment but the lanes",
        arguments: ConformancePlugin.all)
    func lanes(_ plugin: ConformancePlugin) throws {
        let host = try Host(plugin, lanes: 4)
        let replies = try host.lanes.indices.map { try host.greet(Hello(lane: UInt32($0))) }
        for reply in replies {
            #expect(reply.major == WireLimits.major && reply.minor <= WireLimits.minor)
            #expect(!reply.name.isEmpty && !reply.version.isEmpty)
            #expect((1...UInt32(WireLimits.maxCallsInFlight)).contains(reply.maxCallsInFlight))
            #expect(reply == replies[0])
        }
    }

    @Test("no feature is chosen that was not offered", arguments: ConformancePlugin.all)
    func features(_ plugin: ConformancePlugin) throws {
        let offers = [[], ["conformance-a", "conformance-b"]]
        let host = try Host(plugin, lanes: offers.count)
        for (lane, offered) in offers.enumerated() {
            let reply = try host.greet(Hello(features: offered, lane: UInt32(lane)))
            #expect(reply.features.allSatisfy(offered.contains))
            #expect(try host.ping(lane: lane))
        }
    }

    @Test("a host of a newer minor version is served", arguments: ConformancePlugin.all)
    func newerMinor(_ plugin: ConformancePlugin) throws {
        let host = try Host(plugin, lanes: 1)
        let reply = try host.greet(Hello(minor: 7_000, lane: 0))
        #expect(reply.major == WireLimits.major && reply.minor <= 7_000)
        #expect(try host.ping())
    }

    @Test(
        "a host of another major version is refused by that reason, and the process ends",
        arguments: ConformancePlugin.all)
    func newerMajor(_ plugin: ConformancePlugin) throws {
        for major in [WireLimits.major + 1, 0] {
            let host = try Host(plugin, lanes: 1)
            host.send(.hello(Hello(major: major, lane: 0)))
            let close = try host.close()
            #expect(close.reason == .unsupportedVersion)
            #expect(!close.message.isEmpty)
            #expect(try #require(host.process.ending()).isAnExit)
        }
    }

    @Test(
        "fields that no schema has and reserved bits are ignored in every message",
        arguments: ConformanceMount.all)
    func grease(_ mount: ConformanceMount) throws {
        let host = try Host(mount.plugin, lanes: 2)
        host.greases = true
        let conversation = try Conversation(host)
        let id = MountID(high: 1, low: 1)
        let reply = try conversation.mount(id, options: mount.options)
        #expect(reply.error == nil)
        let calls = try DerivedRequest.all(reply.routes).map {
            conversation.call(
                .request($0.request(id, data: $0.markedData, prefetchedFrom: conversation.desk)),
                lane: 1)
        }
        _ = try conversation.responses(to: calls)
        host.send(.invalidate(Invalidate(mount: id, key: Array("a/b".utf8))))
        try conversation.settle()
        conversation.call(.unmount(Unmount(id: id)))
        try conversation.drain()
        #expect(conversation.violations == [])
    }
}

extension ChildProcess.Ending {
    /// By its own will, whatever the code says.
    var isAnExit: Bool {
        if case .exited = self { return true }
        return false
    }
}
