// `tidy`, `tidy-status`, `tidy-cancel` and `config/auto-tidy`.

import Cryptography
import JSON
import Paths
import PluginSDK

func freshMark() -> [UInt8] { SecureRandom.bytes(Authority.markBytes) }

func tidyPaths(_ mount: PKIMount) -> [Path] {
    [
        Path(
            "tidy", .update, fields: TidySettings.fields,
            help: "Remove what is expired."
        ) { request in
            var settings = TidySettings()
            try settings.change(try request.fields())
            guard mount.tidying.start(request.requestIDBytes) else {
                return .answer(
                    Answer(
                        status: 202, warnings: ["Tidy operation already in progress."]))
            }
            return TidyRun(settings, mount, request).outcome()
        },
        Path(
            "tidy-status", .read, help: "How the latest tidy went, or how far this one is."
        ) { _ in status(mount) },
        Path(
            "tidy-cancel", .update, help: "Stop the tidy that runs at its next page."
        ) { _ in
            guard mount.tidying.cancel() else {
                throw PluginError(
                    .invalidRequest,
                    "Tidy operation cannot be cancelled as none is currently "
                        + "running.")
            }
            return status(mount)
        },
        Path(
            "config/auto-tidy",
            [
                .read: { _ in
                    .read([StorageKey.autoTidy]) { .answer(.data(try $0.autoTidy().json)) }
                },
                .update: { try configureAutoTidy($0) },
            ],
            fields: TidySettings.fields + [
                .boolean("enabled", "Whether there is a tidy from time to time."),
                .duration("interval_duration", "The time between two."),
                .boolean("maintain_stored_certificate_counts", "Taken, and not needed."),
                .boolean("publish_stored_certificate_count_metrics", "Taken, and not needed."),
            ],
            reads: [StorageKey.autoTidy], help: "A tidy from time to time."),
    ]
}

private func configureAutoTidy(_ request: Request) throws -> Outcome {
    let fields = try request.fields()
    return .read([StorageKey.autoTidy]) { entries in
        var automatic = try entries.autoTidy()
        try automatic.change(fields)
        var batch = WriteBatch()
        batch.put(StorageKey.autoTidy, automatic.record)
        return .answer(automatic.waking(.data(automatic.json)), writing: batch)
    }
}

private func status(_ mount: PKIMount) -> Outcome {
    .read([StorageKey.tidyStatus]) { entries in
        guard let record = entries[StorageKey.tidyStatus],
            var json = try? JSONValue(parsing: Array(record.dropFirst()))
        else {
            var json = TidySettings().json
            json["state"] = "Inactive"
            return .answer(.data(json))
        }
        // One that was running when the engine ended runs no more.
        if json["state"]?.stringValue == "Running" {
            json["state"] =
                mount.tidying.isCancelled
                ? "Cancelling" : mount.tidying.isRunning ? "Running" : "Error"
        }
        return .answer(.data(json))
    }
}
