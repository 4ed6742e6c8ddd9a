// Buffers of arrays and strings, with typed errors, which the standard library's own do not carry.

extension UnsafeRawBufferPointer {
    static var empty: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }
}

func withBytes<Value, Failure: Error>(
    _ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
) throws(Failure) -> Value {
    try bytes.withUnsafeBufferPointer { buffer throws(Failure) in
        try body(UnsafeRawBufferPointer(buffer))
    }
}

/// A string's bytes without a copy; all strings are contiguous on Linux.
func withBytes<Value, Failure: Error>(
    _ text: String, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
) throws(Failure) -> Value {
    var result: Result<Value, Failure>?
    var text = text
    text.withUTF8 { buffer in
        result = Result { () throws(Failure) in try body(UnsafeRawBufferPointer(buffer)) }
    }
    guard let result else { preconditionFailure("withUTF8 did not call its body") }
    return try result.get()
}
