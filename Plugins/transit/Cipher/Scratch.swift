// Memory for plaintexts and what becomes of them within one request; erased when the request ends.

import Cryptography

final class Scratch {
    private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 512, alignment: 16)

    deinit {
        zero(memory)
        memory.deallocate()
    }

    /// Room for so many bytes, until the next call.
    func room(_ count: Int) -> UnsafeMutableRawBufferPointer {
        if count > memory.count {
            zero(memory)
            memory.deallocate()
            memory = .allocate(byteCount: max(count, 2 * memory.count), alignment: 16)
        }
        return UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
    }
}
