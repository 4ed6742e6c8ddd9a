// How an encrypted entry lies in storage:
// term (4 bytes, big endian) · version (1) · nonce (12) · ciphertext · tag (16).
// The key path is authenticated with it, so an entry that is moved does not open.

import Cryptography

enum EntryLayout {
    static let version: UInt8 = 1
    static let headerBytes = 5
    static let overheadBytes = headerBytes + AES256GCM.nonceByteCount + AES256GCM.tagByteCount
    /// The term of records that are not encrypted by the keyring but by a key above it.
    static let noTerm: UInt32 = 0

    static func term(of entry: [UInt8], key: String) throws(BarrierError) -> UInt32 {
        guard entry.count >= overheadBytes else {
            throw .corrupted("an entry is shorter than its frame", key)
        }
        guard entry[4] <= version else {
            throw BarrierError(
                .newerVersion, "an entry was written by a newer version of the program", key: key)
        }
        guard entry[4] == version else { throw .corrupted("an entry has no known version", key) }
        return entry[..<4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    static func seal(
        _ value: [UInt8], key: String, term: UInt32, with cipher: AES256GCM
    ) throws(CryptoError) -> [UInt8] {
        var failure: CryptoError?
        let count = value.count + overheadBytes
        let entry = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            let all = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count)
            all.storeBytes(of: term.bigEndian, as: UInt32.self)
            all[4] = version
            let body = headerBytes + AES256GCM.nonceByteCount
            let nonce = UnsafeMutableRawBufferPointer(rebasing: all[headerBytes..<body])
            SecureRandom.fill(nonce)
            let target = UnsafeMutableRawBufferPointer(rebasing: all[body...])
            do throws(CryptoError) {
                try withPath(key) { path throws(CryptoError) in
                    try withBytes(value) { text throws(CryptoError) in
                        try cipher.seal(
                            text, nonce: UnsafeRawBufferPointer(nonce), aad: path, to: target)
                    }
                }
                filled = count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return entry
    }

    /// Call after `term(of:key:)`, which checks the frame.
    static func open(
        _ entry: [UInt8], key: String, with cipher: AES256GCM
    ) throws(CryptoError) -> [UInt8] {
        try withPath(key) { path throws(CryptoError) in
            try withBytes(entry) { all throws(CryptoError) in
                let body = headerBytes + AES256GCM.nonceByteCount
                guard all.count >= overheadBytes else {
                    throw CryptoError(.truncated, "an entry is shorter than its frame")
                }
                return try cipher.open(
                    UnsafeRawBufferPointer(rebasing: all[body...]),
                    nonce: UnsafeRawBufferPointer(rebasing: all[headerBytes..<body]), aad: path)
            }
        }
    }

    private static func withBytes<Value>(
        _ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(CryptoError) -> Value
    ) throws(CryptoError) -> Value {
        try bytes.withUnsafeBufferPointer { buffer throws(CryptoError) in
            try body(UnsafeRawBufferPointer(buffer))
        }
    }

    private static func withPath<Value>(
        _ path: String, _ body: (UnsafeRawBufferPointer) throws(CryptoError) -> Value
    ) throws(CryptoError) -> Value {
        var path = path
        var result: Result<Value, CryptoError>?
        path.withUTF8 { buffer in
            result = Result { () throws(CryptoError) in try body(UnsafeRawBufferPointer(buffer)) }
        }
        guard let result else { preconditionFailure("withUTF8 did not call its body") }
        return try result.get()
    }
}
