import Glibc
import Testing
import Wire

/// The frames in Tests/Vectors/frames are the protocol as other implementations meet it. They are
/// never rewritten to please the code; COFFER_WRITE_VECTORS=1 only adds files that are missing.
@Suite("Golden frames")
struct GoldenFrameTests {
    private static let folder: String = {
        let tests = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        return "/" + tests + "/Vectors/frames"
    }()

    @Test("every message encodes to its golden frame", arguments: Samples.all.indices)
    func encode(index: Int) throws {
        let sample = Samples.all[index]
        let bytes = Samples.encoded(sample.message, call: sample.call)
        if getenv("COFFER_WRITE_VECTORS") != nil { Self.write(sample.name, bytes) }
        let golden = try #require(Self.read(sample.name), "\(sample.name).hex is missing")
        #expect(bytes == golden)
    }

    @Test("every golden frame decodes to its message", arguments: Samples.all.indices)
    func decodeGolden(index: Int) throws {
        let sample = Samples.all[index]
        let golden = try #require(Self.read(sample.name), "\(sample.name).hex is missing")
        var decoder = FrameDecoder()
        golden.withUnsafeBytes { decoder.append($0) }
        let decoded = try decoder.nextMessage()
        #expect(decoded?.message == sample.message)
        #expect(decoded?.call == sample.call)
        #expect(decoder.bufferedByteCount == 0)
    }

    /// Hex digits in lines; what follows `#` is for people.
    private static func read(_ name: String) -> [UInt8]? {
        guard let file = fopen("\(folder)/\(name).hex", "r") else { return nil }
        defer { fclose(file) }
        var digits: [UInt8] = []
        var isComment = false
        while case let character = getc(file), character != EOF {
            switch UInt8(truncatingIfNeeded: character) {
            case UInt8(ascii: "#"): isComment = true
            case UInt8(ascii: "\n"): isComment = false
            case let byte where !isComment && byte != UInt8(ascii: " "): digits.append(byte)
            default: break
            }
        }
        guard digits.count % 2 == 0 else { return nil }
        return stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
        }
    }

    private static func write(_ name: String, _ bytes: [UInt8]) {
        guard let file = fopen("\(folder)/\(name).hex", "wx") else { return }
        defer { fclose(file) }
        var text = "# \(name): header (length, kind, flags, reserved, call), then the payload\n"
        for (index, byte) in bytes.enumerated() {
            let digits = String(byte, radix: 16)
            text += digits.utf8.count == 1 ? "0" + digits : digits
            let column = index - WireLimits.headerBytes
            if column == -1 || (column >= 0 && column % 32 == 31) { text += "\n" }
        }
        if text.utf8.last != UInt8(ascii: "\n") { text += "\n" }
        fputs(text, file)
    }
}
