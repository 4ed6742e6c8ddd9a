import Glibc
import Kernel
import Logging
import Testing

@testable import Daemon

@Suite struct LogRouterTests {
    /// A log that writes into a pipe.
    private final class Written {
        let reading: Int32
        let writing: Int32

        init() {
            var ends: [Int32] = [0, 0]
            _ = pipe(&ends)
            _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
            (reading, writing) = (ends[0], ends[1])
        }

        deinit {
            Glibc.close(reading)
            Glibc.close(writing)
        }

        var text: String {
            var bytes = [UInt8](repeating: 0, count: 64 * 1024)
            let count = read(reading, &bytes, bytes.count)
            return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : ""
        }
    }

    private func logger(_ name: String, _ router: LogRouter) -> Logger {
        Logger(label: name) { LogSink(label: $0, router: router) }
    }

    private func lines(_ stream: any ResponseStream) -> String {
        if case .bytes(let bytes) = stream.take() {
            return String(decoding: bytes, as: UTF8.self)
        }
        return ""
    }

    @Test("a level is changed for one part, for all, and taken back")
    func levels() {
        let written = Written()
        let router = LogRouter(format: .standard, level: .info, descriptor: written.writing)
        let core = logger("core", router)
        let http = logger("http", router)
        core.debug("one")
        #expect(router.setLevel(.debug, of: "core"))
        core.debug("two")
        http.debug("three")
        #expect(router.levels.map(\.name) == ["core", "http"])
        #expect(router.levels.map(\.level) == [.debug, .info])
        #expect(router.setLevel(.error, of: nil))
        core.warning("four")
        #expect(router.revertLevel(of: nil))
        core.info("five")
        let text = written.text
        #expect(!text.contains("one") && text.contains("two"))
        #expect(!text.contains("three") && !text.contains("four"))
        #expect(text.contains("[INFO ] core: five"))
        #expect(!router.setLevel(.debug, of: "nobody"))
    }

    @Test("who watches sees more than the log has, and the log no more than before")
    func watching() throws {
        let written = Written()
        let router = LogRouter(format: .standard, level: .warning, descriptor: written.writing)
        let core = logger("core", router)
        let stream = try #require(router.monitor(.debug, format: .json))
        stream.open {}
        core.debug("seen", metadata: ["path": "secret/"])
        core.trace("not seen")
        let seen = lines(stream)
        #expect(seen.contains("\"@message\":\"seen\"") && seen.contains("\"path\":\"secret/\""))
        #expect(!seen.contains("not seen"))
        #expect(written.text.isEmpty)
        stream.close()
        #expect(core.logLevel == .warning)
    }

    @Test("only so many may watch, and whoever leaves makes room")
    func places() throws {
        let router = LogRouter(format: .standard, level: .info, descriptor: -1)
        var streams: [any ResponseStream] = []
        for _ in 0..<KernelLimits.logMonitors {
            let stream = try #require(router.monitor(.info, format: .standard))
            stream.open {}
            streams.append(stream)
        }
        #expect(router.monitor(.info, format: .standard) == nil)
        streams[0].close()
        #expect(router.monitor(.info, format: .standard) != nil)
    }

    @Test("a stream that nobody opened takes no place")
    func unopened() {
        let router = LogRouter(format: .standard, level: .info, descriptor: -1)
        for _ in 0..<100 { _ = router.monitor(.trace, format: .standard) }
        #expect(router.monitor(.info, format: .standard) != nil)
        #expect(logger("core", router).logLevel == .info)
    }

    @Test("ending all watching ends the streams after their last line")
    func ending() throws {
        let router = LogRouter(format: .standard, level: .info, descriptor: -1)
        let stream = try #require(router.monitor(.info, format: .standard))
        stream.open {}
        logger("core", router).info("last")
        router.endMonitors()
        #expect(lines(stream).contains("last"))
        #expect(stream.take() == .end)
    }

    @Test("text of somebody else cannot begin a line of the log")
    func forged() throws {
        let router = LogRouter(format: .standard, level: .info, descriptor: -1)
        let stream = try #require(router.monitor(.info, format: .standard))
        stream.open {}
        logger("core", router).info("a\n2026 [INFO ] core: forged", metadata: ["k": "v\nx"])
        #expect(lines(stream).split(separator: "\n").count == 1)
    }
}
