// Where a command prints and what it reads: the process's own streams, or a recorder in tests.

public protocol Console: Sendable {
    var isOutputTerminal: Bool { get }
    func write(_ bytes: [UInt8])
    func writeError(_ text: String)
    func readStandardInput() throws -> [UInt8]
    func readHidden(prompt: String) throws -> String
}

extension Console {
    func printLine(_ text: String = "") { write(Array((text + "\n").utf8)) }

    func printError(_ text: String) { writeError(Printable.text(text) + "\n") }
}

/// Why a secret could not be asked for.
struct PromptError: Error {
    let message: String
}

/// Text from a server or a store that goes to a terminal. Control characters could move the cursor,
/// hide output or type into the terminal's input, so they are shown and not obeyed.
enum Printable {
    static func text(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isControl(scalar) {
                let digits = String(scalar.value, radix: 16)
                result += "\\x" + (digits.count < 2 ? "0" : "") + digits
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: false
        case 0..<0x20, 0x7F...0x9F: true
        // Marks that turn the direction of text around and can make it read as something else.
        case 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
