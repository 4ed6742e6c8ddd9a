// Reads one line from a terminal with the echo off. Signals are turned off as well while it reads:
// a Ctrl-C that killed the process here would leave the user's terminal without echo.

import Glibc

enum HiddenInput {
    private static let maxBytes = 64 << 10

    static func readLine(descriptor: Int32) throws(PromptError) -> String {
        var saved = termios()
        guard tcgetattr(descriptor, &saved) == 0 else {
            throw PromptError(message: "Cannot ask for a secret: standard input is not a terminal")
        }
        var hidden = saved
        hidden.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        guard tcsetattr(descriptor, TCSAFLUSH, &hidden) == 0 else {
            throw PromptError(message: "Cannot turn off the terminal's echo")
        }
        defer { tcsetattr(descriptor, TCSAFLUSH, &saved) }

        var line: [UInt8] = []
        while line.count < maxBytes {
            var byte: UInt8 = 0
            let count = read(descriptor, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else {
                throw PromptError(message: "The input ended before a secret was given")
            }
            switch byte {
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                return String(decoding: line, as: UTF8.self)
            case 0x03: throw PromptError(message: "Interrupted")
            case 0x04 where line.isEmpty: throw PromptError(message: "No secret was given")
            case 0x15: line.removeAll()
            case 0x08, 0x7F: removeLastCharacter(of: &line)
            default: line.append(byte)
            }
        }
        throw PromptError(message: "The secret is too long")
    }

    private static func removeLastCharacter(of line: inout [UInt8]) {
        while let byte = line.popLast(), byte & 0xC0 == 0x80 {}
    }
}
