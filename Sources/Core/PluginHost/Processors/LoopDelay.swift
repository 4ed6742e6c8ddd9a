// How long the event loops could have run and were not let: the kernel counts it for each thread.

internal import Glibc
internal import NIOCore
internal import Synchronization

final class LoopDelay: Sendable {
    /// What the kernel tells of each loop's thread.
    private let files = Mutex<[Int32]>([])

    init(_ loops: [any EventLoop]) {
        for loop in loops {
            loop.execute { [weak self] in
                let file = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC)
                guard file >= 0 else { return }
                guard let self else {
                    close(file)
                    return
                }
                self.files.withLock { $0.append(file) }
            }
        }
    }

    deinit { files.withLock { for file in $0 { close(file) } } }

    /// Nanoseconds of the loop that waited longest; `nil` if the kernel does not say.
    var longest: UInt64? { files.withLock { $0.compactMap(Self.waitingNanoseconds).max() } }

    /// The second number of `schedstat`: time spent waiting for a processor.
    private static func waitingNanoseconds(_ file: Int32) -> UInt64? {
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = pread(file, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        let numbers = String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: " ")
        return numbers.count > 1 ? UInt64(numbers[1]) : nil
    }
}
