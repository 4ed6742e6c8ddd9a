import Paths
import Testing
import Wire

@Suite(.blocking) struct MountTests {
    private let id = MountID(high: 0xC0, low: 0xFF)

    @Test(
        "a request for a mount that is not there is answered that it is unavailable",
        arguments: ConformancePlugin.all)
    func unknown(_ plugin: ConformancePlugin) throws {
        let conversation = try Conversation(try Host(plugin, lanes: 1))
        let request = EngineRequest(mount: id, operation: 2, path: Array("a".utf8))
        #expect(try conversation.respond(request).failure?.code == .unavailable)
        _ = try conversation.mount(MountID(high: 1, low: 1))
        #expect(try conversation.respond(request).failure?.code == .unavailable)
        #expect(conversation.violations == [])
    }

    @Test("what a mount declares can be served", arguments: ConformanceMount.all)
    func declarations(_ mount: ConformanceMount) throws {
        let conversation = try Conversation(try Host(mount.plugin, lanes: 1))
        let reply = try conversation.mount(id, options: mount.options)
        #expect(reply.error == nil)
        #expect(!reply.routes.isEmpty)
        let known = OperationSet(Paths.Operation.allCases).rawValue
        for route in reply.routes {
            let name = Comment(rawValue: route.pattern)
            let pattern = try PathPattern(parsing: route.pattern)
            #expect(!route.pattern.hasPrefix("/"), name)
            #expect(!route.operations.isEmpty, name)
            #expect(route.operations.rawValue & ~known == 0, name)
            #expect(!route.summary.isEmpty, name)
            for read in route.reads {
                #expect(!read.keys.isEmpty && route.operations.contains(read.operations), name)
            }
            for key in route.reads.flatMap(\.keys) + [route.existence] where !key.isEmpty {
                let template = try KeyTemplate(parsing: key)
                #expect(template.captureNames.allSatisfy(pattern.captureNames.contains), name)
            }
            for field in route.fields {
                #expect(!field.name.isEmpty, name)
                #expect(FieldKind(rawValue: field.kind) != nil, name)
            }
            let fields = route.fields.map { Array($0.name.utf8) }
            #expect(Set(fields).count == fields.count, name)
        }
        let patterns = reply.routes.map { Array($0.pattern.utf8) }
        #expect(Set(patterns).count == patterns.count)
        for list in [reply.unauthenticatedPaths, reply.sudoPaths] {
            #expect(Set(list).count == list.count)
            for path in list { #expect(isPathOfAList(path), Comment(rawValue: path)) }
        }
    }

    /// Exact, or a prefix with one `*` at its end; `+` is a whole segment.
    private func isPathOfAList(_ path: String) -> Bool {
        let body = path.hasSuffix("*") ? path.dropLast() : path[...]
        return !path.isEmpty && !path.hasPrefix("/") && !body.contains("*")
            && body.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
            && body.split(separator: "/").allSatisfy { $0 == "+" || !$0.contains("+") }
    }

    @Test(
        "a generation that is known is answered again without effect",
        arguments: ConformanceMount.all
    )
    func idempotent(_ mount: ConformanceMount) throws {
        let conversation = try Conversation(try Host(mount.plugin, lanes: 2))
        let first = try conversation.mount(id, options: mount.options, generation: 5)
        #expect(first.error == nil)
        // Options that would be refused if they were looked at.
        let others = ["version": "no such version", "refuse": "yes"]
        for (lane, generation) in [(0, 5), (1, 5), (1, 4)] as [(Int, UInt32)] {
            for options in [mount.options, others] {
                let again = try conversation.mount(
                    id, options: options, generation: generation, lane: lane)
                #expect(again == first)
            }
        }
        #expect(conversation.violations == [])
    }

    @Test(
        "a new generation is served or refused, and one that is refused leaves the one before",
        arguments: ConformanceMount.all)
    func generations(_ mount: ConformanceMount) throws {
        let conversation = try Conversation(try Host(mount.plugin, lanes: 2))
        _ = try conversation.mount(id, options: mount.options)
        _ = try conversation.mount(
            id, options: ["version": "no such version", "refuse": "yes"], generation: 2)
        #expect(try conversation.mount(id, options: mount.options, generation: 3).error == nil)
        for lane in [0, 1] {
            let help = EngineRequest(mount: id, operation: Paths.Operation.help.rawValue, path: [])
            #expect(try conversation.respond(help, lane: lane).failure?.code != .unavailable)
        }
    }

    @Test(
        "a mount is the process's: every lane serves it, and after unmount none",
        arguments: ConformanceMount.all)
    func lanes(_ mount: ConformanceMount) throws {
        let conversation = try Conversation(try Host(mount.plugin, lanes: 3))
        let reply = try conversation.mount(id, options: mount.options)
        let request = try #require(DerivedRequest.all(reply.routes).first).request(id)
        for lane in 0..<3 {
            #expect(try conversation.respond(request, lane: lane).failure?.code != .unavailable)
        }
        let unmount = conversation.call(.unmount(Unmount(id: id)), lane: 1)
        guard case .unmountReply(let ended) = try conversation.answer(to: unmount) else {
            Issue.record("unmount is not answered by unmountReply")
            return
        }
        #expect(ended.error == nil)
        for lane in 0..<3 {
            #expect(try conversation.respond(request, lane: lane).failure?.code == .unavailable)
        }
        #expect(conversation.violations == [])
    }
}
