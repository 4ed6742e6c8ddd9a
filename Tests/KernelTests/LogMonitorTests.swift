import JSON
import Kernel
import KernelTesting
import Logging
import Paths
import Synchronization
import Testing

private final class Calls: Sendable {
    let wakes = Mutex(0)
    let opened = Mutex(0)
    let closed = Mutex(0)
}

@Suite struct LogMonitorTests {
    private func monitor(_ calls: Calls, lines: Int = 4, bytes: Int = 1000) -> LogMonitor {
        LogMonitor(
            level: .info, format: .standard, maxLines: lines, maxBytes: bytes,
            droppedLine: { Array("dropped \($0)\n".utf8) },
            whenOpened: { _ in calls.opened.withLock { $0 += 1 } },
            whenClosed: { _ in calls.closed.withLock { $0 += 1 } })
    }

    private func text(_ part: ResponsePart) -> String? {
        if case .bytes(let bytes) = part { String(decoding: bytes, as: UTF8.self) } else { nil }
    }

    @Test("lines come in their order, and the reader is woken once for all that wait")
    func order() {
        let calls = Calls()
        let monitor = monitor(calls)
        monitor.open { calls.wakes.withLock { $0 += 1 } }
        #expect(monitor.take() == .nothingYet)
        let before = calls.wakes.withLock { $0 }
        for line in ["a\n", "b\n", "c\n"] { monitor.offer(Array(line.utf8)) }
        #expect(calls.wakes.withLock { $0 } == before + 1)
        #expect(text(monitor.take()) == "a\nb\nc\n")
        #expect(monitor.take() == .nothingYet)
    }

    @Test("a reader that does not read costs a bounded number of lines and bytes, and is told")
    func bounded() {
        let calls = Calls()
        let monitor = monitor(calls, lines: 4, bytes: 1000)
        monitor.open {}
        for number in 0..<100_000 { monitor.offer(Array("\(number)\n".utf8)) }
        #expect(text(monitor.take()) == "0\n1\n2\n3\ndropped 99996\n")
        monitor.offer([UInt8](repeating: 0x61, count: 999))
        monitor.offer([0x62, 0x0A])
        #expect(text(monitor.take())?.hasSuffix("dropped 1\n") == true)
    }

    @Test("an ended stream gives what is left and then its end")
    func end() {
        let monitor = monitor(Calls())
        monitor.open {}
        monitor.offer(Array("last\n".utf8))
        monitor.end()
        monitor.offer(Array("too late\n".utf8))
        #expect(text(monitor.take()) == "last\n")
        #expect(monitor.take() == .end)
    }

    @Test("after it was closed nothing is kept and nobody is woken")
    func close() {
        let calls = Calls()
        let monitor = monitor(calls)
        monitor.open { calls.wakes.withLock { $0 += 1 } }
        monitor.close()
        let wakes = calls.wakes.withLock { $0 }
        monitor.offer(Array("x\n".utf8))
        #expect(calls.wakes.withLock { $0 } == wakes)
        #expect(monitor.take() == .end)
        #expect(calls.closed.withLock { $0 } == 1)
    }

    @Test("levels go by Vault's names")
    func names() {
        #expect(Logger.Level(vaultName: "WARN") == .warning)
        #expect(Logger.Level(vaultName: "err") == .error)
        #expect(Logger.Level(vaultName: "loud") == nil)
        #expect(Logger.Level.critical.vaultName == "error")
    }

    @Test("without a log that can change, its endpoints say so and not to everybody")
    func noLog() async throws {
        let server = try await TestCore()
        #expect(await server.call(.read, "sys/loggers").status == 503)
        let token = try await server.token(["default"])
        for path in ["sys/loggers", "sys/loggers/core", "sys/monitor"] {
            #expect(await server.call(.read, path, token: token).status == 403)
        }
    }
}
