// The `coffer` executable: the command line, and the server behind `coffer server`.

import CLI
import Daemon
import Glibc

Daemon.prepareProcess()

Task.detached {
    let tool = CommandLineTool(serverRunner: { options, greeting in
        var daemon = DaemonOptions()
        daemon.configPaths = options.configPaths
        daemon.isDev = options.isDev
        daemon.devRootToken = options.devRootTokenID
        daemon.devListenAddress = options.devListenAddress
        daemon.devPluginDirectory = options.devPluginDirectory
        daemon.devTokenFile = options.devKeepsTokenOut ? nil : options.tokenFile
        if let greeting {
            daemon.devGreeting = { address, rootToken, program in
                await greeting(
                    ServingServer(address: address, rootToken: rootToken, program: program))
            }
        } else {
            daemon.devMount = DevMount(
                type: "kv", path: "secret/", description: "key/value secret storage",
                options: ["version": "2"])
        }
        daemon.logLevel = options.logLevel?.rawValue
        daemon.logFormat = options.logFormat?.rawValue
        return await Daemon.run(daemon, environment: options.environment)
    })
    exit(await tool.run(Array(CommandLine.arguments.dropFirst())))
}
Daemon.waitForSignals()
