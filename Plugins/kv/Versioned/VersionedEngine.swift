// Version 2: every write makes a new version, and metadata say what became of the older ones.

import PluginSDK

func versionedEngine() -> Engine {
    let gate = UpgradeGate()
    let paths = [
        configPath, dataPath, subkeysPath, metadataPath, deleteVersionsPath, undeleteVersionsPath,
        destroyVersionsPath,
    ]
    return Engine(
        paths: paths.map { gate.guarding($0) } + [unknownPath],
        initialize: upgradeFromPlain)
}
