// The process's own standard streams.

import Glibc

public struct StandardConsole: Console {
    /// More than any secret or policy; a bound against a pipe that never ends.
    static let maxInputBytes = 64 << 20

    public init() {}

    public var isOutputTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    public func write(_ bytes: [UInt8]) { Self.write(bytes, to: STDOUT_FILENO) }

    public func writeError(_ text: String) { Self.write(Array(text.utf8), to: STDERR_FILENO) }

    public func readStandardInput() throws -> [UInt8] {
        do {
            return try LocalFile.readAll(descriptor: STDIN_FILENO, limit: Self.maxInputBytes)
        } catch {
            throw UsageError("cannot read standard input: \(error.message)")
        }
    }

    public func readHidden(prompt: String) throws -> String {
        writeError(prompt)
        defer { writeError("\n") }
        return try HiddenInput.readLine(descriptor: STDIN_FILENO)
    }

    /// A reader that went away (`coffer ... | head`) ends the output quietly.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                let count = Glibc.write(
                    descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
                if count > 0 {
                    offset += count
                } else if count < 0, errno == EINTR {
                    continue
                } else {
                    return
                }
            }
        }
    }
}
