// The engine without a process: `EngineHarness` runs its handlers as the plugin's runtime does.

import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing

@testable import MySkeletonEngine

@Suite struct MySkeletonTests {
    let engine: EngineHarness

    init() throws { engine = try EngineHarness(MySkeletonPlugin()) }

    @Test("what was written is read, listed and deleted")
    func items() throws {
        #expect(try engine.call(.read, "items/a").data.isEmpty)
        try engine.call(.update, "items/a", ["value": "x"])
        #expect(try engine.call(.read, "items/a").json == ["value": "x"])
        #expect(try engine.call(.list, "items/").json["keys"] == ["a"])
        try engine.call(.delete, "items/a")
        #expect(engine.storage.keys.isEmpty)
    }

    @Test("a write without a value is refused")
    func missingValue() throws {
        #expect(throws: PluginError(.invalidRequest, "")) {
            try engine.call(.update, "items/a", ["other": "x"])
        }
    }
}
