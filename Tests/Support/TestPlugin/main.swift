// A plugin for the host's tests. The file is installed under several names, and its name says how
// it behaves.

import Glibc
import PluginSDK

let fileName = CommandLine.arguments.first ?? ""

switch fileName {
case "coffer-plugin-test", "coffer-plugin-auth-test": WellBehaved.main()
case "coffer-plugin-hostile": Hostile.main()
case "coffer-plugin-raw": RawPlugin(promises: .secret).serve()
// In a file whose name says the other kind.
case "coffer-plugin-auth-secretraw": RawPlugin(promises: .secret).serve()
case "coffer-plugin-authraw": RawPlugin(promises: .auth).serve()
// Never says hello.
case "coffer-plugin-mute": while true { pause() }
case "coffer-plugin-exits": exit(3)
case "coffer-plugin-babbles":
    // Not a frame: the length alone is over every limit.
    let noise = [UInt8](repeating: 0xFF, count: 64)
    _ = write(3, noise, noise.count)
    while true { pause() }
case "coffer-plugin-stubborn":
    // Serves, but neither drains nor heeds SIGTERM.
    signal(SIGTERM, SIG_IGN)
    RawPlugin(promises: .secret, staysForever: true).serve()
case "test-database": TestDatabasePlugin.main()
case "coffer-plugin-parent": Parenthood.run()
case "versioned", "versioned-2": Versioned.run()
default: exit(64)
}
