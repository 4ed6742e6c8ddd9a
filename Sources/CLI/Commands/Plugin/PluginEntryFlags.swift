// What a catalog entry says about how its program is started and what it may do.

import JSON

extension Flag {
    static let pluginArguments = Flag(
        "args", .strings, "Argument that the plugin is started with. May be given several times.")
    static let pluginEnvironment = Flag(
        "env", .strings,
        "Environment variable for the plugin, as NAME=value. May be given several times.",
        placeholder: "name=value")
    fileprivate static let network = Flag(
        "network", .boolean, "Let the plugin use the network.")
    fileprivate static let databases = Flag(
        "databases", .boolean, "Let the plugin call database plugins of the catalog.")
    fileprivate static let readablePaths = Flag(
        "readable-path", .strings,
        "File or folder that the plugin may read. May be given several times.", placeholder: "path")
    fileprivate static let writablePaths = Flag(
        "writable-path", .strings,
        "File or folder that the plugin may read and write. May be given several times.",
        placeholder: "path")
    fileprivate static let memoryLimit = Flag(
        "memory-limit", .integer, "Bytes of memory that the plugin may fill.")
    fileprivate static let processLimit = Flag(
        "process-limit", .integer, "Processes that the plugin may start.")
    fileprivate static let fileLimit = Flag(
        "file-limit", .integer, "Files that the plugin may have open.")
    static let pluginPermissions: [Flag] = [
        .network, .databases, .readablePaths, .writablePaths, .memoryLimit, .processLimit,
        .fileLimit,
    ]
}

extension FlagValues {
    /// As fields of an entry.
    var pluginEntry: JSONObject {
        var entry = JSONObject([
            ("args", .strings(strings(.pluginArguments))),
            ("env", .strings(strings(.pluginEnvironment))),
            ("network", .bool(bool(.network))),
            ("databases", .bool(bool(.databases))),
            ("readable_paths", .strings(strings(.readablePaths))),
            ("writable_paths", .strings(strings(.writablePaths))),
        ])
        for (field, flag) in [
            ("memory_limit", Flag.memoryLimit), ("process_limit", .processLimit),
            ("file_limit", .fileLimit),
        ] {
            if let limit = integer(flag) { entry[field] = .int(limit) }
        }
        return entry
    }
}
