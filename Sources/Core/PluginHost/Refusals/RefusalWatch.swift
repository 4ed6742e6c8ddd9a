// The one thread that answers the system calls that wait for the host's word, of all processes. It
// is not the thread that starts them, which stands still while it does, and reads their logs.

internal import CProcess
internal import Clock
internal import Glibc
internal import Synchronization

final class RefusalWatch: Sendable {
    private struct State {
        var arriving: [WatchedProcess] = []
        var leaving: [UInt64] = []
        var nextID: UInt64 = 1
        var isStopping = false
    }

    private let state = Mutex(State())
    private let wakeDescriptor: Int32
    private let poll: Int32

    private static let wakeID: UInt64 = 0

    /// `nil` if the system has no descriptor or no thread left for it.
    init?() {
        let wake = coffer_event_descriptor()
        let poll = coffer_poller()
        wakeDescriptor = wake
        self.poll = poll
        guard wake >= 0, poll >= 0, coffer_poller_add(poll, wake, Self.wakeID) == 0 else {
            return nil
        }
        guard ServiceThread.start("coffer-refusals", { self.serve() }) else { return nil }
    }

    deinit {
        if poll >= 0 { close(poll) }
        if wakeDescriptor >= 0 { close(wakeDescriptor) }
    }

    /// Takes the process's listener over, which it closes. Returns what `forget` is to be given.
    func add(_ process: WatchedProcess) -> UInt64 {
        let id = state.withLock { state in
            process.id = state.nextID
            state.nextID &+= 1
            state.arriving.append(process)
            return process.id
        }
        wake()
        return id
    }

    /// The process has ended.
    func forget(_ id: UInt64) {
        state.withLock { $0.leaving.append(id) }
        wake()
    }

    /// Ends the thread. No process should be left.
    func stop() {
        state.withLock { $0.isStopping = true }
        wake()
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(wakeDescriptor, &one, MemoryLayout<UInt64>.size)
    }

    // MARK: The thread

    private func serve() {
        var table = WatchTable(poll: poll)
        var events = [coffer_poll_event](repeating: coffer_poll_event(), count: 64)
        while true {
            let (arriving, leaving, isStopping) = state.withLock { state in
                defer { (state.arriving, state.leaving) = ([], []) }
                return (state.arriving, state.leaving, state.isStopping)
            }
            for process in arriving
            where coffer_poller_add(poll, process.listener, process.id) != 0 {
                // Nobody would answer it.
                process.fail()
            }
            table.add(arriving)
            for id in leaving { table.remove(id) }
            if isStopping { return table.removeAll() }
            let wait = table.waitMilliseconds(MonotonicClock.nowNanoseconds)
            let count = coffer_poller_wait(poll, &events, Int32(events.count), wait)
            let now = MonotonicClock.nowNanoseconds
            for event in events.prefix(Int(max(0, count))) {
                if event.id == Self.wakeID {
                    var ignored: UInt64 = 0
                    _ = read(wakeDescriptor, &ignored, MemoryLayout<UInt64>.size)
                } else {
                    table.serve(event.id, isReadable: event.is_readable, now: now)
                }
            }
            table.turn(MonotonicClock.nowNanoseconds)
        }
    }

}
