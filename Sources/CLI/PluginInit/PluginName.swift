// The name of a new plugin, and what is called after it.

struct PluginName: Equatable, Sendable {
    static let maxBytes = 48

    /// As people mount it: `my-plugin`.
    let text: String

    init(_ text: String) throws(UsageError) {
        let words = text.split(separator: "-", omittingEmptySubsequences: false)
        let isPlain = words.allSatisfy { word in
            !word.isEmpty && word.utf8.allSatisfy { Self.letters.contains($0) || Self.isDigit($0) }
        }
        guard isPlain, let first = text.utf8.first, Self.letters.contains(first),
            text.utf8.count <= Self.maxBytes
        else {
            throw UsageError(
                "a plugin's name has up to \(Self.maxBytes) lower-case letters, digits and single "
                    + "dashes, and begins with a letter")
        }
        // The server takes `coffer-plugin-auth-x` for the auth method x.
        guard words.first != "auth" || words.count == 1 else {
            throw UsageError("a name that begins with \"auth-\" is an auth method's")
        }
        self.text = text
    }

    /// A Python module: `my_plugin`.
    var pythonModule: String {
        get throws(UsageError) {
            guard !Self.pythonWords.contains(text) else {
                throw UsageError("\"\(text)\" means something else in Python; take another name")
            }
            return text.split(separator: "-").joined(separator: "_")
        }
    }

    /// A Swift type: `MyPlugin`.
    var swiftType: String {
        text.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    private static let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// Keywords, and folders that the skeleton or its environment has already.
    private static let pythonWords: Set<String> = [
        "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif",
        "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda",
        "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
        "build", "google", "grpc", "json", "tests", "venv",
    ]
}
