// The mount that most cases talk about.

import Wire

extension MountID {
    static let tried = MountID(high: 0xC0, low: 0xFF)
}

extension Case {
    /// Options that an engine would refuse if it looked at them.
    static let refusedOptions = ["version": "no such version", "refuse": "yes"]
}
