import Clock
import Glibc
import PluginSDK
import Synchronization
import Testing

@Suite struct WorkPoolTests {
    /// A pool with one thread, which is at work until the gate is opened.
    private final class Busy: Sendable {
        let inbox = WorkInbox()
        let pool: WorkPool
        private let gate: (reading: Int32, writing: Int32)

        init(maxWaiting: Int = 8) throws {
            var ends: [Int32] = [-1, -1]
            try #require(pipe(&ends) == 0)
            gate = (ends[0], ends[1])
            pool = WorkPool(maxThreads: 1, maxWaiting: maxWaiting)
            try #require(inbox.open())
            let reading = ends[0]
            #expect(
                submit(0) {
                    var byte: UInt8 = 0
                    _ = read(reading, &byte, 1)
                })
        }

        deinit {
            close(gate.reading)
            close(gate.writing)
        }

        func submit(
            _ id: UInt64, deadline: UInt64 = .max, ticket: WorkTicket = WorkTicket(),
            _ body: @escaping @Sendable () -> Void = {}
        ) -> Bool {
            pool.submit(
                Work(
                    id: id, deadline: deadline, ticket: ticket,
                    body: {
                        body()
                        return .answer(.none)
                    }, inbox: inbox))
        }

        /// Opens the gate, and waits for so many outcomes.
        func finish(_ count: Int) -> [UInt64] {
            var byte: UInt8 = 1
            _ = write(gate.writing, &byte, 1)
            var done: [UInt64] = []
            while done.count < count {
                var descriptor = pollfd(fd: inbox.descriptor, events: Int16(POLLIN), revents: 0)
                _ = poll(&descriptor, 1, -1)
                done += inbox.take().finished.map(\.id)
            }
            return done
        }
    }

    @Test("what nobody waits for any more is not done, and what is too late neither")
    func dropped() throws {
        let busy = try Busy()
        let ran = Mutex<[UInt64]>([])
        let ticket = WorkTicket()
        #expect(busy.submit(1, ticket: ticket) { ran.withLock { $0.append(1) } })
        #expect(
            busy.submit(2, deadline: MonotonicClock.nowNanoseconds) {
                ran.withLock { $0.append(2) }
            })
        #expect(busy.submit(3) { ran.withLock { $0.append(3) } })
        ticket.drop()
        // The late one is answered, so that it is known to be over.
        #expect(busy.finish(3) == [0, 2, 3])
        #expect(ran.withLock { $0 } == [3])
    }

    @Test("only so many wait, and the next one is told at once")
    func bounded() throws {
        let busy = try Busy(maxWaiting: 3)
        // The thread takes the first at some time: then there is room for one more.
        var accepted: [UInt64] = []
        for id in 1...10 where busy.submit(UInt64(id)) { accepted.append(UInt64(id)) }
        #expect(accepted.prefix(2) == [1, 2])
        #expect(accepted.count <= 3)
        #expect(busy.finish(accepted.count + 1) == [0] + accepted)
    }
}
