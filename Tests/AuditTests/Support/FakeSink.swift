// A device's end that does what a test wants.

import Synchronization

@testable import Audit

final class FakeSink: LineSink {
    struct State {
        var written: [String] = []
        var failure: AuditFailure?
        var reopenings = 0
        var isClosed = false
        /// Runs within a write, as if it took that long.
        var duringWrite: (@Sendable () -> Void)?
    }

    let state = Mutex(State())
    let answersAtOnce: Bool

    init(answersAtOnce: Bool = false) { self.answersAtOnce = answersAtOnce }

    func write(_ lines: UnsafeRawBufferPointer) throws(AuditFailure) {
        let text = String(decoding: lines, as: UTF8.self)
        state.withLock { $0.duringWrite }?()
        let failure = state.withLock { state in
            if state.failure == nil { state.written.append(text) }
            return state.failure
        }
        if let failure { throw failure }
    }

    func reopen() throws(AuditFailure) { state.withLock { $0.reopenings += 1 } }
    func close() { state.withLock { $0.isClosed = true } }

    var lines: [String] {
        state.withLock { $0.written }.flatMap { $0.split(separator: "\n").map(String.init) }
    }

    func fail(_ code: AuditFailure.Code?) {
        state.withLock { $0.failure = code.map { AuditFailure($0, "as the test wants") } }
    }
}
