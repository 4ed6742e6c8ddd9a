import Paths
import Testing

@Suite struct VisibleTextTests {
    @Test(
        "what could forge a line, steer a terminal or turn the reading direction is made visible",
        arguments: [
            ("line\nforged", #"line\u{a}forged"#), ("\r", #"\u{d}"#), ("\0", #"\u{0}"#),
            ("\u{1B}[2J", #"\u{1b}[2J"#), ("\u{9B}2J", #"\u{9b}2J"#), ("\u{7F}", #"\u{7f}"#),
            ("a\u{202E}b", #"a\u{202e}b"#), ("\u{2028}", #"\u{2028}"#), ("\u{FEFF}", #"\u{feff}"#),
        ])
    func unsafe(text: String, shown: String) {
        #expect(VisibleText.escaping(text) == shown)
    }

    @Test("other text stays as it is", arguments: ["", "a b", "Grüße, 日本 🙂", "\u{A0}"])
    func ordinary(text: String) {
        #expect(VisibleText.escaping(text) == text)
    }

    @Test("letters of all scripts, marks, signs and the plain space are printable")
    func printable() {
        #expect(VisibleText.isPrintable("Grüße, 日本 🙂 e\u{301} €_~"))
        #expect(VisibleText.isPrintable(""))
        // Control, format, private use, not assigned, other spaces, separators.
        for text in [
            "\n", "\t", "\u{7F}", "\u{85}", "\u{200B}", "\u{200D}", "\u{202E}", "\u{AD}",
            "\u{FEFF}", "\u{E000}", "\u{378}", "\u{A0}", "\u{3000}", "\u{2028}", "\u{2029}",
        ] {
            #expect(!VisibleText.isPrintable("a" + text + "b"), "\(text.unicodeScalars)")
        }
    }
}
