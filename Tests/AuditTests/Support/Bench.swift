// A broker whose loops and threads a test moves by hand, so that no test sleeps.

import Logging
import Synchronization

@testable import Audit

/// Bodies that wait for their loop's next tick.
final class HandLoop: Sendable {
    private let bodies = Mutex<[@Sendable () -> Void]>([])

    func add(_ body: @escaping @Sendable () -> Void) { bodies.withLock { $0.append(body) } }

    /// Runs what waits, and what that adds, until nothing is left.
    func run() {
        while true {
            let ready = bodies.withLock { bodies in
                defer { bodies = [] }
                return bodies
            }
            if ready.isEmpty { return }
            for body in ready { body() }
        }
    }
}

/// What the callbacks said, in order.
final class Answers: Sendable {
    private let state = Mutex<[AuditFailure?]>([])
    var all: [AuditFailure?] { state.withLock { $0 } }
    func take(_ answer: AuditFailure?) { state.withLock { $0.append(answer) } }
}

struct Bench {
    let loop = HandLoop()
    let broker: AuditBroker
    let answers = Answers()

    init() {
        let loop = loop
        broker = AuditBroker(laneCount: 2) { _, body in loop.add(body) }
    }

    static var quiet: Logger {
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        return logger
    }

    func device(
        _ path: String, format: LineFormat = LineFormat(), answersAtOnce: Bool = false
    ) -> (device: AuditDevice, sink: FakeSink) {
        let sink = FakeSink(answersAtOnce: answersAtOnce)
        let device = AuditDevice(
            path: path, format: format, salt: Sample.salt, sink: sink, logger: Self.quiet)
        broker.add(device)
        return (device, sink)
    }

    /// Records a request and ends the tick.
    func record(_ count: Int = 1, subject: AuditSubject = Sample.subject()) {
        for _ in 0..<count {
            broker.recordRequest(subject, error: nil) { [answers] in answers.take($0) }
        }
        loop.run()
    }

    /// Lets a device's thread do what there is to do.
    func work(_ device: AuditDevice) {
        while device.step() {}
        loop.run()
    }
}
