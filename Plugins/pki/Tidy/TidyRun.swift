// A tidy at work: page by page through the stored certificates, each page with one write, which
// also says how far it has come. What is expired and past its safety buffer goes.
//
// A wake-up does so much that it ends well before its deadline, and asks for the next one. So a
// tidy of any length holds nobody up, goes on after a restart, and stops when the stored state says
// so.

import Certificates
import Clock
import JSON
import PluginSDK

struct TidyRun: Sendable {
    private var state: TidyState
    private let mount: PKIMount
    private let automatic: AutoTidy
    private let endNanoseconds: UInt64

    init(_ state: TidyState, _ automatic: AutoTidy, _ mount: PKIMount) {
        self.state = state
        self.automatic = automatic
        self.mount = mount
        endNanoseconds = MonotonicClock.nowNanoseconds &+ Limits.tidySliceNanoseconds
    }

    func outcome() -> Outcome {
        guard state.settings.looksAtCertificates else { return issuers() }
        return .list(
            prefix: StorageKey.certificatePrefix, after: state.place,
            limit: state.settings.pageSize
        ) { page in
            let keys =
                page.names.map(StorageKey.certificate) + page.names.map(StorageKey.revoked)
            if keys.isEmpty { return issuers() }
            // The state too: a page is not written after somebody said stop.
            return .read([StorageKey.tidyStatus] + keys) { entries in
                guard try entries.tidy()?.phase == .running else { return end(.cancelled) }
                // A thousand certificates are read in the time of a hundred requests.
                return .work {
                    var next = self
                    let batch = next.look(at: page.names, entries)
                    let after = next
                    return .commit(batch) { page.more ? after.goOn() : after.issuers() }
                }
            }
        }
    }

    private func goOn() -> Outcome {
        guard MonotonicClock.nowNanoseconds > endNanoseconds else { return outcome() }
        return .answer(Answer.none.waking(afterSeconds: 1))
    }

    private mutating func look(at serials: [String], _ entries: Entries) -> WriteBatch {
        let settings = state.settings
        var batch = WriteBatch()
        var revokedSigners: Set<String> = []
        for serial in serials {
            state.seen += 1
            guard let record = entries[StorageKey.certificate(serial)] else { continue }
            let revoked = entries[StorageKey.revoked(serial)]
                .flatMap { try? RevokedRecord(record: $0) }
            let expires = try? CertificateRecord.parts(record).expires
            let isInvalid = settings.invalid && (try? CertificateRecord.read(record)) == nil
            guard let expires, !isInvalid else {
                if settings.invalid {
                    batch.delete(StorageKey.certificate(serial))
                    state.removedCertificates += 1
                }
                continue
            }
            if let revoked {
                let buffer = settings.revokedSafetySeconds ?? settings.safetySeconds
                guard settings.revoked, isOver(expires, buffer) else { continue }
                revoked.delete(serial: serial, from: &batch)
                batch.delete(StorageKey.certificate(serial))
                revokedSigners.insert(revoked.signer)
                state.removedRevoked += 1
            } else if settings.certificates, isOver(expires, settings.safetySeconds) {
                batch.delete(StorageKey.certificate(serial))
                state.removedCertificates += 1
            }
        }
        for signer in revokedSigners {
            batch.put(StorageKey.revocations(signer), freshMark())
        }
        state.place = serials.last ?? state.place
        batch.put(StorageKey.tidyStatus, state.record)
        return batch
    }

    private func isOver(_ expires: CertificateTime, _ buffer: Int) -> Bool {
        expires.adding(seconds: Int64(buffer)) < state.started
    }

    /// Expired issuers but the default one; their keys stay.
    private func issuers() -> Outcome {
        guard state.settings.expiredIssuers else { return end(.finished) }
        return mount.withAuthority { loaded in
            var authority = loaded.authority
            let limit = -Int64(state.settings.issuerSafetySeconds)
            authority.issuers.removeAll {
                $0.id != authority.defaultIssuer
                    && $0.certificate.notAfter < state.started.adding(seconds: limit)
            }
            guard authority.issuers.count < loaded.authority.issuers.count else {
                return end(.finished)
            }
            var batch = WriteBatch()
            try PKIMount.save(authority, to: &batch)
            return .commit(batch) { end(.finished) }
        }
    }

    /// However late it was told to stop, it was told so.
    private func end(_ phase: TidyState.Phase) -> Outcome {
        .read([StorageKey.tidyStatus]) { entries in
            var ended = state
            ended.phase = try entries.tidy()?.phase == .cancelling ? .cancelled : phase
            return ended.end(automatic)
        }
    }
}

extension TidyState {
    /// Writes the end down, and says when the next tidy by itself is due.
    func end(_ automatic: AutoTidy) -> Outcome {
        var ended = self
        ended.finished = CertificateTime(Timestamp.now)
        var batch = WriteBatch()
        batch.put(StorageKey.tidyStatus, ended.record)
        var next = automatic
        if isAutomatic {
            next.lastFinished = ended.finished
            batch.put(StorageKey.autoTidy, next.record)
        }
        return .answer(next.waking(.none), writing: batch)
    }
}
