// What the engine's file says of the kinds that are built in.

import CDatabasePermissions
import Testing

@testable import Database

@Suite struct BuiltInKindsTests {
    @Test("the names that the engine's file declares are those that it knows")
    func names() {
        let declared = String(cString: coffer_databases())
        #expect(
            declared.split(separator: "\n").map(String.init)
                == builtInServers.flatMap { $0.pluginNames })
    }
}
