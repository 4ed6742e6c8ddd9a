// Mounts: what they declare, and that they belong to the process.

import Paths
import Wire

extension Case {
    static let mounts = [noMount, declarations, idempotent, generations, everyLane]

    private static let noMount = Case(
        "a request for a mount that is not there is answered that it is unavailable",
        .mounts, .mounts
    ) { subject, findings in
        let conversation = try Conversation(try Host(subject, lanes: 1), findings)
        let request = EngineRequest(mount: .tried, operation: 2, path: Array("a".utf8))
        let before = try conversation.respond(request).failure?.code
        findings.expect(
            before == .unavailable, else: "without any mount the answer is \(text(before))")
        try conversation.mounted(MountID(high: 1, low: 1), subject.options)
        let after = try conversation.respond(request).failure?.code
        findings.expect(
            after == .unavailable, else: "with another mount the answer is \(text(after))")
    }

    /// How a request ended, for people.
    static func text(_ code: FailureCode?) -> String { code.map { "\($0)" } ?? "no failure" }

    private static let declarations = Case(
        "what a mount declares can be served", .mounts, .mounts
    ) { subject, findings in
        let conversation = try Conversation(try Host(subject, lanes: 1), findings)
        let reply = try conversation.mounted(.tried, subject.options)
        findings.expect(!reply.routes.isEmpty, else: "no route is declared")
        for route in reply.routes { checkDeclaration(route, findings) }
        let patterns = reply.routes.map { Array($0.pattern.utf8) }
        findings.expect(
            Set(patterns).count == patterns.count, else: "a route is declared twice")
        for list in [reply.unauthenticatedPaths, reply.sudoPaths] {
            findings.expect(Set(list).count == list.count, else: "a path is listed twice")
            for path in list where !isPathOfAList(path) {
                findings.add("\"\(path)\" is no path and no prefix with a \"*\" at its end")
            }
        }
    }

    private static func checkDeclaration(_ route: RouteDeclaration, _ findings: Findings) {
        let name = "route \"\(route.pattern)\""
        guard let pattern = try? PathPattern(parsing: route.pattern) else {
            return findings.add("\(name) is no pattern")
        }
        let known = OperationSet(Paths.Operation.allCases).rawValue
        findings.expect(!route.pattern.hasPrefix("/"), else: "\(name) begins with a slash")
        findings.expect(!route.operations.isEmpty, else: "\(name) has no operation")
        findings.expect(
            route.operations.rawValue & ~known == 0,
            else: "\(name) has operations outside the schema")
        findings.expect(!route.summary.isEmpty, else: "\(name) has no summary")
        for read in route.reads {
            findings.expect(
                !read.keys.isEmpty && route.operations.contains(read.operations),
                else: "\(name) declares reads without keys, or of operations that it has not")
        }
        for key in route.reads.flatMap(\.keys) + [route.existence] where !key.isEmpty {
            let names = (try? KeyTemplate(parsing: key))?.captureNames
            findings.expect(
                names?.allSatisfy(pattern.captureNames.contains) == true,
                else: "\(name) has the key template \"\(key)\", which its captures do not fill")
        }
        for field in route.fields {
            findings.expect(!field.name.isEmpty, else: "\(name) has a field without a name")
            findings.expect(
                FieldKind(rawValue: field.kind) != nil,
                else: "\(name) has the field \"\(field.name)\" of no known kind")
        }
        let fields = route.fields.map { Array($0.name.utf8) }
        findings.expect(Set(fields).count == fields.count, else: "\(name) has a field twice")
    }

    /// Exact, or a prefix with one `*` at its end; `+` is a whole segment.
    private static func isPathOfAList(_ path: String) -> Bool {
        let body = path.hasSuffix("*") ? path.dropLast() : path[...]
        return !path.isEmpty && !path.hasPrefix("/") && !body.contains("*")
            && body.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
            && body.split(separator: "/").allSatisfy { $0 == "+" || !$0.contains("+") }
    }

    private static let idempotent = Case(
        "a generation that is known is answered again without effect", .mounts, .mounts
    ) { subject, findings in
        let conversation = try Conversation(try Host(subject, lanes: 2), findings)
        let first = try conversation.mounted(.tried, subject.options, generation: 5)
        for (lane, generation) in [(0, 5), (1, 5), (1, 4)] as [(Int, UInt32)] {
            for options in [subject.options, refusedOptions] {
                let again = try conversation.mount(
                    .tried, options: options, generation: generation, lane: lane)
                findings.expect(
                    again == first,
                    else: "generation \(generation) after 5 is answered in another way")
            }
        }
    }

    private static let generations = Case(
        "a new generation is served or refused, and one that is refused leaves the one before",
        .mounts, .mounts
    ) { subject, findings in
        let conversation = try Conversation(try Host(subject, lanes: 2), findings)
        try conversation.mounted(.tried, subject.options)
        _ = try conversation.mount(.tried, options: refusedOptions, generation: 2)
        try checkServed(conversation, "after other options", findings)
        try conversation.mounted(.tried, subject.options, generation: 3)
        try checkServed(conversation, "with the first options again", findings)
    }

    private static func checkServed(
        _ conversation: Conversation, _ when: String, _ findings: Findings
    ) throws {
        let help = EngineRequest(
            mount: .tried, operation: Paths.Operation.help.rawValue, path: [])
        for lane in [0, 1] {
            let code = try conversation.respond(help, lane: lane).failure?.code
            findings.expect(code != .unavailable, else: "\(when) the mount is unavailable")
        }
    }

    private static let everyLane = Case(
        "a mount is the process's: every lane serves it, and after unmount none", .mounts, .mounts
    ) { subject, findings in
        let conversation = try Conversation(try Host(subject, lanes: 3), findings)
        let reply = try conversation.mounted(.tried, subject.options)
        guard let request = try DerivedRequest.all(reply.routes).first?.request(.tried) else {
            throw Failed("no route is declared")
        }
        for lane in 0..<3 {
            let code = try conversation.respond(request, lane: lane).failure?.code
            findings.expect(
                code != .unavailable, else: "lane \(lane) does not serve what lane 0 mounted")
        }
        let unmount = conversation.call(.unmount(Unmount(id: .tried)), lane: 1)
        guard case .unmountReply(let ended) = try conversation.answer(to: unmount) else {
            throw Failed("unmount is not answered by unmountReply", .calls)
        }
        findings.expect(ended.error == nil, else: "unmount fails")
        for lane in 0..<3 {
            let code = try conversation.respond(request, lane: lane).failure?.code
            findings.expect(
                code == .unavailable,
                else: "after unmount on lane 1, lane \(lane) answers \(text(code))")
        }
    }
}
