// `config`: the settings of all secrets of the mount.

import Clock
import JSON
import Paths
import PluginSDK

let configPath = Path(
    "config",
    [.read: readConfig, .create: writeConfig, .update: writeConfig],
    fields: [
        .integer("max_versions", "How many versions to keep of each secret; 0 keeps 10."),
        .boolean("cas_required", "Whether each write must bring the cas option."),
        .any(
            "delete_version_after",
            "How long a version lives, such as \"3h25m19s\"; 0 is forever, a negative duration "
                + "switches the setting off for the secrets too."),
    ],
    reads: [StorageKey.settings],
    help: "Settings of all secrets of the mount.")

private let readConfig: Handler = { _ in
    .read([StorageKey.settings]) { entries in
        let settings = try entries.settings()
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("cas_required", settings.isCheckAndSetRequired)
        writer.member(
            "delete_version_after",
            DurationText.text(seconds: Int(settings.deleteVersionAfterSeconds)))
        writer.member("max_versions", Int(settings.maxVersions))
        writer.endObject()
        return .answer(.json(writer.bytes))
    }
}

private let writeConfig: Handler = { request in
    let changes = try SettingChanges(request)
    if changes.isEmpty { return .answer(.none) }
    return .read([StorageKey.settings]) { entries in
        var settings = try entries.settings()
        if let maxVersions = changes.maxVersions { settings.maxVersions = maxVersions }
        if let required = changes.isCheckAndSetRequired {
            settings.isCheckAndSetRequired = required
        }
        if let seconds = changes.deleteVersionAfterSeconds {
            settings.deleteVersionAfterSeconds = max(seconds, EngineSettings.deletionOff)
        }
        return .answer(.none, writing: .put(StorageKey.settings, settings.record))
    }
}
