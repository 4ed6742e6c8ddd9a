// A table that many threads read on every request and that few requests change.

internal import Atomics

/// An immutable value that is swapped as a whole; readers take no lock.
final class Snapshot<Value: Sendable>: Sendable {
    private final class Box: AtomicReference, Sendable {
        let value: Value
        init(_ value: Value) { self.value = value }
    }

    private let box: ManagedAtomic<Box>

    init(_ value: Value) { box = ManagedAtomic(Box(value)) }

    var value: Value { box.load(ordering: .acquiring).value }

    /// Replaces the value. Writers that derive the new value from the old one serialise among
    /// themselves.
    func store(_ value: Value) { box.store(Box(value), ordering: .releasing) }
}
