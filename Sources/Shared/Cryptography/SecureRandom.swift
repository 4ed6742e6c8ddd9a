// Random bytes for keys, nonces, tokens and ids: a pool per thread, because a `RAND_priv_bytes`
// call costs a hundred times what twelve bytes from a pool do.

import COpenSSL
import Glibc

public enum SecureRandom {
    /// Requests above this go straight to the generator.
    static let maxPooledBytes = 256

    public static func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        guard let target = buffer.baseAddress, buffer.count > 0 else { return }
        if buffer.count <= maxPooledBytes, let pool = RandomPool.ofThisThread() {
            pool.take(buffer.count, into: target)
        } else {
            generate(target, buffer.count)
        }
    }

    public static func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            fill(UnsafeMutableRawBufferPointer(buffer))
            filled = count
        }
    }

    public static func uint64() -> UInt64 {
        var value: UInt64 = 0
        withUnsafeMutableBytes(of: &value) { fill($0) }
        return value
    }

    /// Uniform in `0..<bound`, by rejection so that no value is favoured.
    public static func below(_ bound: UInt64) -> UInt64 {
        precondition(bound > 0)
        let excess = (UInt64.max % bound + 1) % bound
        while true {
            let value = uint64()
            if value <= UInt64.max - excess { return value % bound }
        }
    }

    /// OpenSSL's generator, or else the kernel's. With neither there is nothing safe to return.
    fileprivate static func generate(_ target: UnsafeMutableRawPointer, _ count: Int) {
        var done = 0
        while done < count {
            let step = min(count - done, 1 << 20)
            let place = target + done
            if RAND_priv_bytes(place.assumingMemoryBound(to: UInt8.self), Int32(step)) != 1 {
                ERR_clear_error()
                fromKernel(place, step)
            }
            done += step
        }
    }

    private static func fromKernel(_ target: UnsafeMutableRawPointer, _ count: Int) {
        var done = 0
        while done < count {
            let got = getrandom(target + done, count - done, 0)
            if got > 0 {
                done += got
            } else if errno != EINTR {
                primitiveFailed("the random generator")
            }
        }
    }
}

/// One page: a counter of the bytes left, then the bytes. What is handed out is wiped at once.
///
/// The page is wiped by the kernel in a forked child, where the counter then reads zero and the
/// first use refills: parent and child never hand out the same bytes.
private struct RandomPool {
    private static let pageBytes = 4096
    private static let headerBytes = 16
    private static let capacity = pageBytes - headerBytes

    private static let threadKey: pthread_key_t? = {
        var key = pthread_key_t()
        let status = pthread_key_create(&key) { page in
            guard let page else { return }
            OPENSSL_cleanse(page, RandomPool.pageBytes)
            munmap(page, RandomPool.pageBytes)
        }
        return status == 0 ? key : nil
    }()

    let page: UnsafeMutableRawPointer

    /// Nil where a safe pool cannot be had (no key, no memory, or a kernel without wipe-on-fork);
    /// the caller then asks the generator each time.
    static func ofThisThread() -> RandomPool? {
        guard let key = threadKey else { return nil }
        if let page = pthread_getspecific(key) { return RandomPool(page: page) }
        guard let region = LockedMemory.map(pageBytes) else { return nil }
        guard madvise(region.base, pageBytes, MADV_WIPEONFORK) == 0,
            pthread_setspecific(key, region.base) == 0
        else {
            munmap(region.base, region.byteCount)
            return nil
        }
        return RandomPool(page: region.base)
    }

    func take(_ count: Int, into target: UnsafeMutableRawPointer) {
        var left = page.load(as: Int.self)
        if left < count {
            SecureRandom.generate(page + Self.headerBytes, Self.capacity)
            left = Self.capacity
        }
        let place = page + Self.headerBytes + (left - count)
        target.copyMemory(from: place, byteCount: count)
        OPENSSL_cleanse(place, count)
        page.storeBytes(of: left - count, as: Int.self)
    }
}
