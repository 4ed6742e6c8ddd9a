// Whatever the bytes, the parser answers: with a tree or with an error that points into the text.

import HCL
import Testing

@Suite("HCL under broken input")
struct HCLFuzzTests {
    private static let seeds = [
        "path \"secret/*\" { capabilities = [\"read\", \"list\"] allowed_parameters = { \"a\" = [] } }\n",
        "storage \"lmdb\" { path = \"/x\" }\nlistener \"tcp\" {\n address = \"127.0.0.1:8200\"\n tls_disable = 1 }",
        "a = <<-EOT\n   x ${y {\"}\"} }\n  EOT\nb = -0x1F c = 1.5e+3, d = \"\\u00e4\\U0001F600\\101\"",
        "{\"path\": [{\"a/+\": {\"capabilities\": [\"sudo\"]}}], \"n\": [null, true, -1.5e3, \"\\ud83d\\ude00\"]}",
        "/* c */ # d\n// e\nx \"y\" z { = }",
    ]
    private static let pieces = [
        "{", "}", "[", "]", "=", ",", "\"", "\\", "${", "<<", "<<-", "EOT", "\n", "0x", "-", "1e",
        "/*",
        "*/", "#", "\0", "ä", "\u{FEFF}", "\\u", "\\x", "true", "null", ":", "😀", "\r\n", " ",
    ]

    /// A small generator of our own, so that a failure can be repeated from the seed alone.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    private func check(_ text: String) {
        let lineCount = text.utf8.count(where: { $0 == 0x0A }) + 1
        do throws(HCLError) {
            let body = try HCLFile.parse(text, name: "fuzz")
            for item in body.items { #expect((1...lineCount).contains(item.position.line)) }
            _ = try? body.sections("path", labelCount: 1)
        } catch {
            #expect((1...lineCount).contains(error.line))
            #expect((1...(text.unicodeScalars.count + 1)).contains(error.column))
        }
    }

    @Test("every truncation of a good text is answered")
    func truncations() {
        for seed in Self.seeds {
            let bytes = Array(seed.utf8)
            for length in 0...bytes.count {
                check(String(decoding: bytes.prefix(length), as: UTF8.self))
            }
        }
    }

    @Test("mutated texts are answered", arguments: 0..<8)
    func mutations(_ stream: UInt64) {
        var generator = Generator(state: stream)
        for _ in 0..<3_000 {
            var bytes = Array(Self.seeds.randomElement(using: &generator)?.utf8 ?? "".utf8)
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let place = Int.random(in: 0...bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0 where place < bytes.count:
                    bytes[place] = .random(in: 0...255, using: &generator)
                case 1 where place < bytes.count: bytes.remove(at: place)
                case 2: bytes = Array(bytes.prefix(place)) + Array(bytes.dropFirst(place / 2))
                default:
                    bytes.insert(
                        contentsOf: Array(
                            Self.pieces.randomElement(using: &generator)?.utf8 ?? "".utf8),
                        at: place)
                }
            }
            check(String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test("texts put together from the syntax's own pieces are answered", arguments: 100..<104)
    func pieces(_ stream: UInt64) {
        var generator = Generator(state: stream)
        for _ in 0..<3_000 {
            let count = Int.random(in: 0...40, using: &generator)
            check(
                (0..<count).map { _ in Self.pieces.randomElement(using: &generator) ?? "" }.joined()
            )
        }
    }
}
