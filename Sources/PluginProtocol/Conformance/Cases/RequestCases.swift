// Requests: what an engine of which nothing is known but its declarations has to answer.

import Paths
import Wire

/// A fresh process with the subject's mount, and a request for each of its operations.
struct TriedMount {
    let conversation: Conversation
    let requests: [DerivedRequest]

    init(
        _ subject: Subject, _ findings: Findings, lanes: Int = 1, maxStorageCalls: Int = 256
    ) throws {
        conversation = try Conversation(
            try Host(subject, lanes: lanes), findings, maxStorageCalls: maxStorageCalls)
        requests = try DerivedRequest.all(
            try conversation.mounted(.tried, subject.options).routes)
    }

    /// What another operation on a request's path comes to.
    func code(of operation: UInt8, _ request: DerivedRequest) throws -> FailureCode? {
        var plain = request.request(.tried)
        plain.operation = operation
        return try conversation.respond(plain).failure?.code
    }

    /// Everything at once on lane 0, with data and without a storage that answers.
    func callAll(
        _ change: (inout EngineRequest) -> Void = { _ in }
    ) -> [CallID] {
        conversation.desk.behaviour = .withheld
        return requests.map {
            var request = $0.request(.tried, data: $0.markedData)
            change(&request)
            return conversation.call(.request(request))
        }
    }
}

extension Case {
    static let requests = [operations, malformed, unsupported, paths, many]

    private static let operations = Case(
        "every declared operation answers, with and without data and with what it reads sent along",
        .requests, .requests
    ) { subject, findings in
        let mount = try TriedMount(subject, findings)
        let conversation = mount.conversation
        // Writes first, so that the others have something to find.
        for request in mount.requests.filter(\.isWrite) + mount.requests {
            for data in [[], Array("{}".utf8), request.markedData] {
                for desk in [nil, conversation.desk] {
                    let code = try conversation.respond(
                        request.request(.tried, data: data, prefetchedFrom: desk)
                    ).failure?.code
                    findings.expect(
                        code != .internalError, else: "\(request.name) is an internal error")
                    findings.expect(
                        code != .unsupportedPath && code != .unsupportedOperation,
                        else: "\(request.name) is declared, and answered by \(text(code))")
                }
            }
        }
        try conversation.drain()
        findings.expectEnding(conversation.host.process, .exited(0), .start)
    }

    private static let malformed = Case(
        "data that are not a JSON object are the client's fault and nobody's end",
        .requests, .requests
    ) { subject, findings in
        let mount = try TriedMount(subject, findings)
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
        let bodies =
            ["{", "{\"a\":}", "[1]", "\"text\"", "nul", "{\"a\":1,\"a\":2}", "{} {}"]
            .map { Array($0.utf8) } + [[0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D], deep]
        for request in mount.requests where request.isWrite && !request.route.fields.isEmpty {
            for body in bodies {
                let code = try mount.conversation.respond(request.request(.tried, data: body))
                    .failure?.code
                let shown = String(decoding: body.prefix(16), as: UTF8.self)
                findings.expect(
                    code == .invalidRequest,
                    else: "\(request.name) with the data \(shown) is answered by \(text(code))")
            }
        }
        // Those without fields may not look at their data; they answer all the same.
        for request in mount.requests where !request.isWrite {
            for body in bodies {
                _ = try mount.conversation.respond(request.request(.tried, data: body))
            }
        }
        try mount.conversation.settle()
    }

    private static let unsupported = Case(
        "a path that no route has and an operation that none has are unsupported",
        .requests, .requests
    ) { subject, findings in
        let mount = try TriedMount(subject, findings)
        let patterns = try Set(mount.requests.map(\.route.pattern))
            .map { try PathPattern(parsing: $0) }
        let nowhere = ["conformance/no/such/path", "conformance-nowhere", "conformance//"]
        for path in nowhere where patterns.allSatisfy({ $0.match(path) == nil }) {
            let request = EngineRequest(mount: .tried, operation: 2, path: Array(path.utf8))
            let code = try mount.conversation.respond(request).failure?.code
            findings.expect(
                code == .unsupportedPath,
                else: "read \(path), which no route has, is answered by \(text(code))")
        }
        let undeclared: [Paths.Operation] = [.read, .update, .patch, .delete, .list, .rollback]
        for request in mount.requests where request.operation == .help {
            for operation in undeclared
            where !mount.requests.contains(where: {
                $0.path == request.path && $0.operation == operation
            }) {
                let code = try mount.code(of: operation.rawValue, request)
                findings.expect(
                    code == .unsupportedOperation,
                    else: "\(operation) \(request.path), not declared, "
                        + "is answered by \(text(code))")
            }
            for number in [0, 99, 255] as [UInt8] {
                let code = try mount.code(of: number, request)
                findings.expect(
                    code == .unsupportedOperation,
                    else: "the operation \(number) is answered by \(text(code))")
            }
        }
    }

    private static let paths = Case(
        "no path leads out of the mount or breaks the plugin", .requests, .requests
    ) { subject, findings in
        let mount = try TriedMount(subject, findings)
        let conversation = mount.conversation
        conversation.desk.toleratesBadKeys = true
        let captures = [
            "..", ".", "a/../../b", "", "a//b", "nul\0byte", "%2e%2e", "line\nend", "e\u{301}",
            String(repeating: "long", count: 16_000),
        ]
        for request in mount.requests {
            for capture in captures {
                var strange = request.request(.tried, data: request.markedData)
                // A longer one is no path but a broken frame.
                let path = DerivedRequest.path(request.route.pattern, capture: capture)
                strange.path = Array(path.utf8.prefix(WireLimits.maxPathBytes))
                let call = conversation.call(.request(strange))
                let response = try conversation.response(to: call)
                findings.expect(
                    response.failure != nil || !conversation.desk.wasRefused(call),
                    else: "\(request.name) takes a refused storage call for success", .storage)
            }
            var broken = request.request(.tried)
            broken.path = [0x61, 0xFF, 0x2F, 0xC0, 0x80]
            findings.expect(
                try conversation.respond(broken).failure != nil,
                else: "\(request.operation) of a path that is not UTF-8 is answered", .frames)
        }
        try conversation.settle()
    }

    private static let many = Case(
        "of 256 requests for two mounts on two lanes each is answered once, by its id",
        .requests, .calls
    ) { subject, findings in
        let mount = try TriedMount(subject, findings, lanes: 2)
        let (conversation, requests) = (mount.conversation, mount.requests)
        guard !requests.isEmpty else { throw Failed("no route is declared", .mounts) }
        let other = MountID(high: 2, low: 3)
        try conversation.mounted(other, subject.options, lane: 1)
        let calls = (0..<256).map { number in
            let request = requests[number % requests.count]
            return conversation.call(
                .request(
                    request.request(number % 3 == 0 ? other : .tried, data: request.markedData)),
                lane: number % 2)
        }
        _ = try conversation.responses(to: calls)
        // Nothing comes after the end, so this was the only answer.
        try conversation.drain()
    }
}
