// `tidy`, `tidy-status`, `tidy-cancel` and `config/auto-tidy`.

import Certificates
import Cryptography
import JSON
import Paths
import PluginSDK

func freshMark() -> [UInt8] { SecureRandom.bytes(Authority.markBytes) }

func tidyPaths(_ mount: PKIMount) -> [Path] {
    [
        Path(
            "tidy", .update, fields: TidySettings.fields, reads: [StorageKey.tidyStatus],
            help: "Remove what is expired."
        ) { try startTidy($0) },
        Path(
            "tidy-status", .read, reads: [StorageKey.tidyStatus, StorageKey.autoTidy],
            help: "How the latest tidy went, or how far this one is."
        ) { _ in
            .read([StorageKey.tidyStatus, StorageKey.autoTidy]) { entries in
                let automatic = try entries.autoTidy()
                let state = try entries.tidy()
                return .answer(.data(state?.json(automatic) ?? TidyState.idle(automatic)))
            }
        },
        Path(
            "tidy-cancel", .update, reads: [StorageKey.tidyStatus, StorageKey.autoTidy],
            help: "Stop the tidy that runs at its next page."
        ) { _ in cancelTidy() },
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

/// Only says that there is one to do: a wake-up does it, while nobody waits.
private func startTidy(_ request: Request) throws -> Outcome {
    var settings = TidySettings()
    try settings.change(try request.fields())
    guard settings.removesSomething else {
        return .answer(
            Answer(
                status: 202,
                warnings: [
                    "Manual tidy requested but no tidy operations were set. Enable at least one "
                        + "tidy operation to be run (\(TidySettings.operations))."
                ]))
    }
    let state = TidyState(settings, isAutomatic: false, started: CertificateTime(request.now))
    return .read([StorageKey.tidyStatus]) { entries in
        // Asked for again, it is woken again: nothing is lost if that has been missed.
        if try entries.tidy()?.isUnderWay == true {
            return .answer(
                Answer(status: 202, warnings: ["Tidy operation already in progress."])
                    .waking(afterSeconds: 1))
        }
        var batch = WriteBatch()
        batch.put(StorageKey.tidyStatus, state.record)
        let answer = Answer(
            status: 202,
            warnings: [
                "Tidy operation successfully started. How far it has come is told by tidy-status."
            ])
        return .answer(answer.waking(afterSeconds: 1), writing: batch)
    }
}

private func cancelTidy() -> Outcome {
    .read([StorageKey.tidyStatus, StorageKey.autoTidy]) { entries in
        guard var state = try entries.tidy(), state.isUnderWay else {
            throw PluginError(
                .invalidRequest,
                "Tidy operation cannot be cancelled as none is currently running.")
        }
        state.phase = .cancelling
        var batch = WriteBatch()
        batch.put(StorageKey.tidyStatus, state.record)
        let answer = Answer.data(state.json(try entries.autoTidy()))
        return .answer(answer.waking(afterSeconds: 1), writing: batch)
    }
}
