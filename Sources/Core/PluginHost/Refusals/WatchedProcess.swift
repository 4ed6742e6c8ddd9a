// One process whose refused calls wait for the host's word.

internal import CProcess
internal import Clock
internal import Glibc

/// A file that the kernel was told to go on with.
struct OpenedFile: Sendable, Equatable {
    var call: FileCall
    /// The path that the process meant.
    var path: String
    var kind: String
}

/// Handed to the refusals' thread, and used by that one only from then on.
final class WatchedProcess: @unchecked Sendable {
    let listener: Int32
    var id: UInt64 = 0
    private var budget: CallBudget
    /// Files whose calls went on and that are still to be looked at.
    var filesToJudge = 0
    /// Its calls wait until then.
    var pausedUntil: UInt64?

    private let child: ChildProcess
    private let judge: CallJudge
    private let files: FileJudge?
    private let book: RefusalBook
    private var isClosed = false

    init(
        listener: Int32, child: ChildProcess, judge: CallJudge, files: FileJudge?,
        book: RefusalBook
    ) {
        self.listener = listener
        self.child = child
        self.judge = judge
        self.files = files?.with(ownProcess: child.pid)
        self.book = book
        budget = CallBudget(now: MonotonicClock.nowNanoseconds)
    }

    /// When its next call may be looked at; `nil` for now.
    func waitsUntil(now: UInt64) -> UInt64? {
        if let until = budget.waitsUntil(now: now) { return until }
        // Who hides a file behind many others waits for all of them.
        guard filesToJudge >= PluginHostLimits.openedFilesToJudge else { return nil }
        return now &+ PluginHostLimits.refusalPauseMilliseconds * 1_000_000
    }

    /// Answers one call. Gives the file back that is to be looked at when the kernel has gone on.
    func answerNext(now: UInt64) -> OpenedFile? {
        var waiting = coffer_waiting_call()
        guard !isClosed, coffer_next_call(listener, &waiting) else { return nil }
        let arguments = withUnsafeBytes(of: waiting.arguments) {
            Array($0.bindMemory(to: UInt64.self))
        }
        switch judge.decide(number: waiting.number, arguments) {
        case .refuse(let error, let name):
            budget.spend(PluginHostLimits.refusedCallCost)
            let file = openedFile(waiting, name, arguments)
            coffer_refuse_call(listener, waiting.id, error)
            book.note(
                file.map { .file($0.path, kind: name) } ?? .call(name), pid: child.pid, now: now)
            return nil
        case .end(let name):
            // Told before it is done: whoever sees the end finds the reason.
            book.note(.fatalCall(name), pid: child.pid, now: now)
            child.end(forCall: name)
            coffer_refuse_call(listener, waiting.id, EPERM)
            return nil
        case .goOn(let name):
            budget.spend(PluginHostLimits.openedFileCost)
            let file = openedFile(waiting, name, arguments)
            coffer_let_call_go_on(listener, waiting.id)
            return file
        }
    }

    /// Tells it if the kernel has refused it. False while that cannot be known.
    func judge(_ file: OpenedFile, now: UInt64) -> Bool {
        switch files?.verdict(file.call, at: file.path) {
        case .refused(let path):
            budget.spend(PluginHostLimits.refusedCallCost)
            book.note(.file(path, kind: file.kind), pid: child.pid, now: now)
            return true
        case .letPass, nil: return true
        case .unseen: return false
        }
    }

    private func openedFile(
        _ waiting: coffer_waiting_call, _ name: String, _ arguments: [UInt64]
    ) -> OpenedFile? {
        let call = FileCall(
            name, arguments, readText: { self.text(at: $0, of: waiting.task) },
            readWord: { self.word(at: $0, of: waiting.task) })
        guard let call, coffer_call_still_waits(listener, waiting.id),
            let path = ProcessLinks(pid: child.pid, task: waiting.task).absolute(call)
        else { return nil }
        return OpenedFile(
            call: call, path: path, kind: call.flags == nil ? name : RefusedAttempt.openKind)
    }

    private func text(at address: UInt64, of task: Int32) -> String? {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = coffer_read_text(task, address, &bytes, bytes.count)
        guard count >= 0 else { return nil }
        return String(
            decoding: bytes.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func word(at address: UInt64, of task: Int32) -> UInt64? {
        var bytes = [CChar](repeating: 0, count: 8)
        guard coffer_read_text(task, address, &bytes, bytes.count) >= 0 else { return nil }
        return bytes.reversed().reduce(0) { $0 << 8 | UInt64(UInt8(bitPattern: $1)) }
    }

    /// It cannot be listened to, so that its calls would wait for ever.
    func fail() { child.signal(SIGKILL) }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        Glibc.close(listener)
        book.flush()
    }
}
