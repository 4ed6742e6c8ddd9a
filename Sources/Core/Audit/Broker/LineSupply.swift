// The buffers of one device on one lane, used in turns.

/// A buffer that was handed to the device is free again when the device has let go of it. A device
/// that is slow holds more of them; then new ones are made, and those beyond a few are dropped.
struct LineSupply {
    private var lent: [LineBuffer] = []
    private(set) var current = LineBuffer()

    /// What was gathered; from now on another buffer is current.
    mutating func take() -> LineBuffer {
        let taken = current
        current = free() ?? LineBuffer()
        if lent.count < AuditLimits.keptBuffers { lent.append(taken) }
        return taken
    }

    private mutating func free() -> LineBuffer? {
        for index in lent.indices where isKnownUniquelyReferenced(&lent[index]) {
            let free = lent.remove(at: index)
            guard free.capacity <= AuditLimits.keptBufferBytes else { return nil }
            free.removeAll()
            return free
        }
        return nil
    }
}
