import Glibc
import Testing

@testable import CLI

@Suite("Asking for a secret")
struct HiddenInputTests {
    // TIOCSPTLCK and TIOCGPTN, which Glibc's module leaves out.
    private static let unlockTerminal: UInt = 0x4004_5431
    private static let terminalNumber: UInt = 0x8004_5430

    @Test("what is not a terminal cannot hide what is typed, so it is not asked")
    func notATerminal() {
        #expect(throws: PromptError.self) { try HiddenInput.readLine(descriptor: -1) }
    }

    @Test("the prompt turns the terminal's echo off and restores it")
    func hiddenInput() throws {
        let controller = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        try #require(controller >= 0)
        defer { close(controller) }
        var unlock: Int32 = 0
        var number: UInt32 = 0
        try #require(ioctl(controller, Self.unlockTerminal, &unlock) == 0)
        try #require(ioctl(controller, Self.terminalNumber, &number) == 0)
        let terminal = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
        try #require(terminal >= 0)
        defer { close(terminal) }

        var before = termios()
        tcgetattr(terminal, &before)
        // Typed ahead text is flushed when the echo goes off, so it is typed by another thread.
        let typist = Typist(
            controller: controller, terminal: terminal, text: "sexx\u{7F}\u{7F}cret\n")
        typist.start()
        #expect(try HiddenInput.readLine(descriptor: terminal) == "secret")
        typist.join()
        var after = termios()
        tcgetattr(terminal, &after)
        #expect(before.c_lflag & tcflag_t(ECHO) != 0)
        #expect(after.c_lflag == before.c_lflag)

        _ = fcntl(controller, F_SETFL, O_NONBLOCK)
        var echoed = [UInt8](repeating: 0, count: 64)
        #expect(read(controller, &echoed, echoed.count) <= 0)
    }

    /// Types once the terminal's echo is off.
    private final class Typist: @unchecked Sendable {
        private let controller: Int32
        private let terminal: Int32
        private let text: String
        private var thread = pthread_t()

        init(controller: Int32, terminal: Int32, text: String) {
            (self.controller, self.terminal, self.text) = (controller, terminal, text)
        }

        func start() {
            let context = Unmanaged.passRetained(self).toOpaque()
            pthread_create(
                &thread, nil,
                { context in
                    guard let context else { return nil }
                    Unmanaged<Typist>.fromOpaque(context).takeRetainedValue().type()
                    return nil
                }, context)
        }

        func join() { pthread_join(thread, nil) }

        private func type() {
            var settings = termios()
            repeat {
                sched_yield()
                tcgetattr(terminal, &settings)
            } while settings.c_lflag & tcflag_t(ECHO) != 0
            let bytes = Array(text.utf8)
            _ = write(controller, bytes, bytes.count)
        }
    }
}
