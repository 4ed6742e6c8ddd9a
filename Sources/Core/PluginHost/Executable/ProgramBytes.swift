// A program's file as far as somebody asks for it: one that is in memory already, or one of which
// only a few parts are wanted.

internal import Glibc

struct ProgramBytes {
    let count: Int
    /// The bytes of a range within `0..<count`; `nil` if they are not there any more.
    let read: (Range<Int>) -> [UInt8]?

    /// The memory must outlive this.
    init(_ memory: UnsafeRawBufferPointer) {
        count = memory.count
        read = { Array(memory[$0]) }
    }

    /// The file is read and not mapped: one that is cut short while it is mapped would end the core
    /// with SIGBUS.
    init(descriptor: Int32, count: Int) {
        self.count = count
        read = { range in
            var bytes = [UInt8](repeating: 0, count: range.count)
            var filled = 0
            while filled < bytes.count {
                let got = bytes[filled...].withUnsafeMutableBytes {
                    pread(descriptor, $0.baseAddress, $0.count, off_t(range.lowerBound + filled))
                }
                if got < 0 && errno == EINTR { continue }
                guard got > 0 else { return nil }
                filled += got
            }
            return bytes
        }
    }
}
