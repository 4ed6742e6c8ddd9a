// A body whose end is not known when it begins: the connection takes what there is, as fast as the
// client reads.

/// What a stream gives when it is asked.
public enum ResponsePart: Sendable, Equatable {
    case bytes([UInt8])
    /// Nothing now; the stream will call.
    case nothingYet
    case end
}

/// Pulled by one connection. Whoever fills it must bound what waits: a client that does not read is
/// not its reason to grow.
public protocol ResponseStream: Sendable {
    /// `wake` is called from any thread when there may be something to take.
    func open(wake: @escaping @Sendable () -> Void)

    func take() -> ResponsePart

    /// Nobody reads any more.
    func close()
}
