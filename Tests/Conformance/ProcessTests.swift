import JSON
import Testing
import Wire

@Suite(.blocking) struct ProcessTests {
    private let id = MountID(high: 0xC0, low: 0xFF)
    /// A plugin at rest, in a debug build. What a release takes is measured, not tested.
    private static let idleKiB = 40 << 10

    @Test(
        "the log is one JSON object a line and holds nothing of a request's data",
        arguments: ConformanceMount.all)
    func log(_ mount: ConformanceMount) throws {
        let host = try Host(
            mount.plugin, lanes: 2, environment: ["COFFER_PLUGIN_LOG_LEVEL=trace"])
        let conversation = try Conversation(host)
        let reply = try conversation.mount(
            id, options: mount.options.merging(["token": DerivedRequest.marker]) { $1 })
        #expect(reply.error == nil)
        for request in try DerivedRequest.all(reply.routes) {
            var marked = request.request(id, data: request.markedData)
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
        #expect(try #require(host.process.ending()).isAnExit)

        let log = host.process.log
        #expect(log.isEmpty || log.last == UInt8(ascii: "\n"))
        #expect(!String(decoding: log, as: UTF8.self).contains(DerivedRequest.marker))
        for line in log.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .dropLast()
        {
            let value = try JSONValue(parsing: Array(line))
            #expect(value["@message"]?.stringValue?.isEmpty == false)
            #expect(value["@level"]?.stringValue?.isEmpty == false)
        }
    }

    @Test("a plugin at rest takes little memory", arguments: ConformanceMount.all)
    func memory(_ mount: ConformanceMount) throws {
        let conversation = try Conversation(try Host(mount.plugin, lanes: 2))
        _ = try conversation.mount(id, options: mount.options)
        try conversation.settle()
        let resident = try conversation.host.process.statusKiB("VmRSS")
        #expect(resident < Self.idleKiB, "\(resident) KiB")
    }
}
