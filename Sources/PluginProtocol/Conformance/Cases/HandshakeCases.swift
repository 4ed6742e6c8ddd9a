// The first frames of a lane, and what a newer host may say in them.

import Wire

extension Case {
    static let handshake = [lanes, features, newerMinor, newerMajor, grease]

    /// The first of all: a plugin that fails it can be asked nothing else.
    static let lanes = Case(
        "every lane is greeted by the same plugin, which needs no environment but the lanes",
        .handshake, .handshake, scope: .program
    ) { subject, findings in
        let host = try Host(subject, lanes: 4)
        let replies = try host.lanes.indices.map { try host.greet(Hello(lane: UInt32($0))) }
        for reply in replies {
            findings.expect(
                reply.major == WireLimits.major && reply.minor <= WireLimits.minor,
                else: "helloReply says version \(reply.major).\(reply.minor)")
            findings.expect(!reply.name.isEmpty, else: "helloReply has no name")
            findings.expect(!reply.version.isEmpty, else: "helloReply has no version")
            findings.expect(
                (1...UInt32(WireLimits.maxCallsInFlight)).contains(reply.maxCallsInFlight),
                else: "helloReply takes \(reply.maxCallsInFlight) calls in flight", .limits)
            findings.expect(reply == replies[0], else: "two lanes are greeted differently")
        }
    }

    private static let features = Case(
        "no feature is chosen that was not offered", .handshake, .handshake, scope: .program
    ) { subject, findings in
        let offers = [[], ["conformance-a", "conformance-b"]]
        let host = try Host(subject, lanes: offers.count)
        for (lane, offered) in offers.enumerated() {
            let reply = try host.greet(Hello(features: offered, lane: UInt32(lane)))
            findings.expect(
                reply.features.allSatisfy(offered.contains),
                else: "helloReply has features that were not offered")
            findings.expect(try host.ping(lane: lane), else: "the lane does not serve then")
        }
    }

    private static let newerMinor = Case(
        "a host of a newer minor version is served", .handshake, .handshake, scope: .program
    ) { subject, findings in
        let host = try Host(subject, lanes: 1)
        let reply = try host.greet(Hello(minor: 7_000, lane: 0))
        findings.expect(
            reply.major == WireLimits.major && reply.minor <= 7_000,
            else: "helloReply says version \(reply.major).\(reply.minor)")
        findings.expect(try host.ping(), else: "the lane does not serve then")
    }

    private static let newerMajor = Case(
        "a host of another major version is refused by that reason, and the process ends",
        .handshake, .handshake, scope: .program
    ) { subject, findings in
        for major in [WireLimits.major + 1, 0] {
            let host = try Host(subject, lanes: 1)
            host.send(.hello(Hello(major: major, lane: 0)))
            let close = try host.close()
            findings.expect(
                close.reason == .unsupportedVersion,
                else: "major version \(major) is refused by \(close.reason)")
            findings.expect(!close.message.isEmpty, else: "close has no text", .drainAndClose)
            findings.expectExit(host.process, "after its only lane was closed", .start)
        }
    }

    private static let grease = Case(
        "fields that no schema has and reserved bits are ignored in every message",
        .handshake, .frames
    ) { subject, findings in
        let host = try Host(subject, lanes: 2)
        host.greases = true
        let conversation = try Conversation(host, findings)
        let id = MountID(high: 1, low: 1)
        let reply = try conversation.mounted(id, subject.options)
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
    }
}
