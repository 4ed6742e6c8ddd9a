// The bytes of an array with typed errors, which `withUnsafeBytes` does not keep.

extension Array where Element == UInt8 {
    func withRawBytes<Value, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try withUnsafeBufferPointer { bytes throws(Failure) in
            try body(UnsafeRawBufferPointer(bytes))
        }
    }
}
