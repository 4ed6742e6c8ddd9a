// A console that keeps what is printed and answers prompts from a list.

import Synchronization

@testable import CLI

final class RecordingConsole: Console {
    private struct State {
        var out: [UInt8] = []
        var err = ""
        var input: [UInt8]
        var hidden: [String]
        var prompts: [String] = []
    }

    private let state: Mutex<State>
    let isOutputTerminal: Bool

    init(input: String = "", hidden: [String] = [], isTerminal: Bool = false) {
        state = Mutex(State(input: Array(input.utf8), hidden: hidden))
        isOutputTerminal = isTerminal
    }

    var out: String { state.withLock { String(decoding: $0.out, as: UTF8.self) } }
    var err: String { state.withLock { $0.err } }
    var prompts: [String] { state.withLock { $0.prompts } }

    func write(_ bytes: [UInt8]) { state.withLock { $0.out += bytes } }
    func writeError(_ text: String) { state.withLock { $0.err += text } }
    func readStandardInput() throws -> [UInt8] {
        state.withLock { state in
            defer { state.input = [] }
            return state.input
        }
    }

    func readHidden(prompt: String) throws -> String {
        try state.withLock { state in
            state.prompts.append(prompt)
            guard !state.hidden.isEmpty else {
                throw PromptError(message: "standard input is not a terminal")
            }
            return state.hidden.removeFirst()
        }
    }
}
