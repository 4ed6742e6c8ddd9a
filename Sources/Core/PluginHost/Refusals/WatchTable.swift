// The processes of the refusals' thread, and what waits there.

internal import CProcess

/// What the thread keeps of its processes.
struct WatchTable {
    private var processes: [UInt64: WatchedProcess] = [:]
    private let poll: Int32

    private struct Opened {
        var process: WatchedProcess
        var file: OpenedFile
        /// When it is looked at, and how often it was.
        var at: UInt64
        var looks = 0
    }

    /// Files whose calls went on: looked at when the kernel has done so, and later once more if
    /// nothing of that name is at hand then: the process may not have had a processor yet.
    private var opened: [Opened] = []

    init(poll: Int32) { self.poll = poll }

    mutating func add(_ arriving: [WatchedProcess]) {
        for process in arriving { processes[process.id] = process }
    }

    mutating func remove(_ id: UInt64) {
        guard let process = processes.removeValue(forKey: id) else { return }
        // The files first, while /proc knows the process: its end is told after them.
        judge { $0.process === process }
        opened.removeAll { $0.process === process }
        process.close()
    }

    mutating func removeAll() { for id in Array(processes.keys) { remove(id) } }

    func waitMilliseconds(_ now: UInt64) -> Int32 {
        let paused = processes.values.compactMap(\.pausedUntil).min()
        let due = min(paused ?? .max, opened.lazy.map(\.at).min() ?? .max)
        guard due != .max else { return -1 }
        return due <= now ? 0 : Int32(clamping: (due - now) / 1_000_000 + 1)
    }

    mutating func serve(_ id: UInt64, isReadable: Bool, now: UInt64) {
        guard let process = processes[id] else { return }
        if isReadable {
            if let until = process.waitsUntil(now: now) {
                process.pausedUntil = until
                _ = coffer_poller_change(poll, process.listener, process.id, false)
            } else if let file = process.answerNext(now: now) {
                process.filesToJudge += 1
                opened.append(Opened(process: process, file: file, at: now &+ Self.pause(0)))
            }
        } else {
            // All that ran in it has ended.
            remove(id)
        }
    }

    /// Lets those go on that have waited long enough, and looks at files.
    mutating func turn(_ now: UInt64) {
        for process in processes.values {
            guard let until = process.pausedUntil, until <= now else { continue }
            process.pausedUntil = nil
            _ = coffer_poller_change(poll, process.listener, process.id, true)
        }
        judge { $0.at <= now }
    }

    private mutating func judge(_ isMeant: (Opened) -> Bool) {
        guard opened.contains(where: isMeant) else { return }
        var left: [Opened] = []
        for var one in opened {
            guard isMeant(one) else {
                left.append(one)
                continue
            }
            one.looks += 1
            guard !one.process.judge(one.file, now: one.at),
                one.looks < PluginHostLimits.looksAtOpenedFile
            else {
                one.process.filesToJudge -= 1
                continue
            }
            one.at = one.at &+ Self.pause(one.looks)
            left.append(one)
        }
        opened = left
    }

    /// Longer each time.
    private static func pause(_ looks: Int) -> UInt64 {
        PluginHostLimits.judgeFilesAfterMilliseconds * 1_000_000 << UInt64(min(3 * looks, 32))
    }
}
