import Logging
import Testing

@testable import PluginHost

@Suite struct PluginLogTests {
    private func lines(_ pieces: [String], longest: Int = 32) -> [LineSplitter.Line] {
        var splitter = LineSplitter(longestLineBytes: longest)
        var lines: [LineSplitter.Line] = []
        for piece in pieces {
            Array(piece.utf8).withUnsafeBytes { splitter.append($0) { lines.append($0) } }
        }
        splitter.finish { lines.append($0) }
        return lines
    }

    @Test("lines are the same however the bytes arrive")
    func dripFed() {
        let text = "one\r\ntwo\n\nthree"
        let whole = lines([text])
        #expect(whole.map { String(decoding: $0.bytes, as: UTF8.self) } == ["one", "two", "three"])
        #expect(lines(text.map(String.init)) == whole)
    }

    @Test("a line without end takes no more memory than a line may have, and the next one is whole")
    func overlong() {
        let result = lines([String(repeating: "x", count: 100), "yyy\nnext\n"])
        #expect(result.count == 2)
        #expect(result.first?.bytes.count == 32)
        #expect(result.first?.isCut == true)
        #expect(result.last == LineSplitter.Line(bytes: Array("next".utf8), isCut: false))
    }

    @Test("a flood is cut to the lines that a second allows, and the dropped ones are counted")
    func budget() {
        var budget = LogBudget(linesPerSecond: 3, bytesPerSecond: 1_000)
        #expect(budget.roll(now: 2_000_000_000) == 0)
        #expect((0..<10).filter { _ in budget.admitsLine() }.count == 3)
        #expect(budget.roll(now: 2_500_000_000) == 0)
        #expect(budget.roll(now: 3_000_000_000) == 7)
        let next = budget.admitsLine()
        #expect(next)
    }

    @Test("reading stops when a second's bytes are used up, until the next second")
    func bytesBudget() {
        var budget = LogBudget(linesPerSecond: 3, bytesPerSecond: 1_000)
        _ = budget.roll(now: 2_000_000_000)
        budget.didRead(bytes: 999)
        #expect(budget.pausedUntil == nil)
        budget.didRead(bytes: 1)
        #expect(budget.pausedUntil == 3_000_000_000)
        _ = budget.roll(now: 3_000_000_000)
        #expect(budget.pausedUntil == nil)
    }

    @Test("structured lines keep level, message and members; others are text at info")
    func structured() {
        let line = LogLine(
            Array(#"{"@level":"warn","@message":"hello","@timestamp":"t","a":"b","n":1}"#.utf8),
            isCut: false)
        #expect(line.level == .warning)
        #expect(line.message == "hello")
        #expect(line.metadata.map(\.name) == ["a", "n"])
        #expect(line.metadata.map(\.value) == ["b", "1"])
        for text in ["plain", "{\"no\":\"message\"}", "{broken", "[1]"] {
            let plain = LogLine(Array(text.utf8), isCut: false)
            #expect(plain.level == .info)
            #expect(plain.message == text)
        }
    }

    @Test(
        "no plugin can forge a line or command a terminal",
        arguments: ["\u{1B}[2J", "a\nb", "a\r\nb", "\u{202E}txet", "\u{9B}31m", "\u{0}", "\u{7F}"])
    func controlCharacters(_ attack: String) {
        for text in [
            LogText.safe(attack.utf8, longestBytes: 100),
            LogLine(Array(attack.utf8), isCut: false).message,
        ] {
            #expect(!text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F })
            #expect(!text.unicodeScalars.contains { (0x80..<0xA0).contains($0.value) })
            #expect(!text.unicodeScalars.contains { (0x2028...0x202E).contains($0.value) })
        }
    }

    @Test("tokens are not written to the log, wherever they stand")
    func tokens() {
        let token = "hvs.CAESIJabcdefghijklmnopqrstuvwx"
        #expect(
            LogText.safe("a \(token) b hvs.x".utf8, longestBytes: 100)
                == "a hvs.<redacted> b hvs.x")
        let line = LogLine(
            Array(#"{"@message":"m","token":"\#(token)"}"#.utf8), isCut: false)
        #expect(line.metadata.first?.value == "hvs.<redacted>")
    }
}
