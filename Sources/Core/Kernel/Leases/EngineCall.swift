// A call to an engine that no client waits for, and that comes to an end even if the engine does
// not answer.

internal import Clock
internal import Cryptography
internal import Paths
internal import Synchronization

struct EngineCall: Sendable {
    let backend: any Backend
    let operation: Paths.Operation
    let path: String
    var data: [UInt8] = []
    var internalData: [UInt8] = []
    let seconds: UInt64

    /// The engine's answer, or a failure when its time is up; what it says later is not heard.
    func answer() async -> Result<BackendAnswer, BackendFailure> {
        let nanoseconds = seconds &* 1_000_000_000
        let request = BackendRequest(
            lane: 0, operation: operation, path: path, data: data, requestID: UUID128.random(),
            internalData: internalData,
            deadlineNanoseconds: MonotonicClock.nowNanoseconds &+ nanoseconds)
        return await withCheckedContinuation { continuation in
            let first = FirstAnswer(continuation)
            let alarm = Task {
                // Cancelled, it wakes before its time, and then has nothing to say.
                guard (try? await Task.sleep(nanoseconds: nanoseconds)) != nil else { return }
                first.settle(
                    .failure(BackendFailure(.deadlineExceeded, "the engine did not answer in time"))
                )
            }
            backend.handle(request) { outcome in
                switch outcome {
                case .success(let answer): first.settle(.success(answer))
                case .failure(let failure): first.settle(.failure(failure))
                }
                alarm.cancel()
            }
        }
    }
}

/// Passes the first of several answers on.
private final class FirstAnswer: Sendable {
    typealias Answer = Result<BackendAnswer, BackendFailure>

    private let continuation: Mutex<CheckedContinuation<Answer, Never>?>

    init(_ continuation: CheckedContinuation<Answer, Never>) {
        self.continuation = Mutex(continuation)
    }

    func settle(_ answer: sending Answer) {
        let waiting = continuation.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        waiting?.resume(returning: answer)
    }
}
