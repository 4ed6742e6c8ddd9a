// The process: its log, and how it is started by hand.

import Glibc
import JSON
import Wire

extension Case {
    static let process = [log, byHand]

    private static let log = Case(
        "the log is one JSON object a line and holds nothing of a request's data",
        .process, .start
    ) { subject, findings in
        let host = try Host(subject, lanes: 2, environment: ["COFFER_PLUGIN_LOG_LEVEL=trace"])
        // Data that no host would send are answered as the plugin likes.
        let conversation = try Conversation(host, Findings(.start))
        // An option may hold a secret too; an engine that takes no such option says so.
        let marked = subject.options.merging(["token": DerivedRequest.marker]) { $1 }
        var reply = try conversation.mount(.tried, options: marked)
        if reply.error != nil { reply = try conversation.mounted(.tried, subject.options) }
        for request in try DerivedRequest.all(reply.routes) {
            var marked = request.request(.tried, data: request.markedData)
            marked.headers = [TextPair("x-conformance", DerivedRequest.marker)]
            marked.internalData = Array(DerivedRequest.marker.utf8)
            for behaviour in [.faithful, .failing(.internalError)] as [StorageDesk.Behaviour] {
                conversation.desk.behaviour = behaviour
                _ = try conversation.respond(marked)
            }
            marked.data.removeLast()
            _ = conversation.call(.request(marked))
            try conversation.settle()
        }
        // A frame that ends the lane and is worth a line of its own.
        let noise = Array(DerivedRequest.marker.utf8)
        host.sendRaw(RawFrame.bytes(.request, call: 99_999, payload: noise), lane: 1)
        _ = try host.close(lane: 1)
        host.endWriting()
        findings.expectExit(host.process, "after its lanes have ended")
        check(host.process.log, findings)
    }

    private static func check(_ log: [UInt8], _ findings: Findings) {
        let lineEnd = UInt8(ascii: "\n")
        findings.expect(
            log.isEmpty || log.last == lineEnd, else: "the log ends in the middle of a line")
        findings.expect(
            !String(decoding: log, as: UTF8.self).contains(DerivedRequest.marker),
            else: "the log holds what was in a request's data, its headers or a mount's options")
        for line in log.split(separator: lineEnd, omittingEmptySubsequences: false).dropLast() {
            let value = try? JSONValue(parsing: Array(line))
            for name in ["@message", "@level"] {
                findings.expect(
                    value?[name]?.stringValue?.isEmpty == false,
                    else: "the log has lines that are no JSON object with \(name)")
            }
        }
    }

    private static let byHand = Case(
        "started by hand it explains itself and exits with 2", .process, .start, scope: .program
    ) { subject, findings in
        for environment in [
            [], ["COFFER_PLUGIN_LANES="], ["COFFER_PLUGIN_LANES=0"], ["COFFER_PLUGIN_LANES=4"],
        ] {
            let (process, sockets) = try ChildProcess.start(
                subject, lanes: 1, environment: environment)
            defer { for socket in sockets { close(socket) } }
            findings.expectEnding(process, .exited(2))
            findings.expect(!process.log.isEmpty, else: "it says nothing on standard error")
        }
    }
}
