// The stored progress of the upgrade from version 1: layout 1 · state. It is absent on a version 1
// mount, `running` while entries are moved and `done` for the rest of the mount's life.

import PluginSDK

enum UpgradeState: UInt8 {
    case running = 1
    case done = 2

    private static let layout: UInt8 = 1

    init(record: [UInt8]) throws(RecordError) {
        var reader = try RecordReader(record, layout: Self.layout)
        guard let state = UpgradeState(rawValue: try reader.byte()) else { throw .damaged }
        try reader.end()
        self = state
    }

    var record: [UInt8] {
        [Self.layout, rawValue]
    }
}
