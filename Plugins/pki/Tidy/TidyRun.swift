// One tidy: page by page through the stored certificates, each page with one write, which also says
// how far it has come. What is expired and past its safety buffer goes.

import Certificates
import JSON
import PluginSDK

struct TidyRun: Sendable {
    let settings: TidySettings
    let mount: PKIMount
    let started: CertificateTime
    private let owner: [UInt8]
    /// When it is not a client's request but time.
    private let automatic: AutoTidy?
    private var seen = 0
    private var removedCertificates = 0
    private var removedRevoked = 0

    init(
        _ settings: TidySettings, _ mount: PKIMount, _ request: Request, automatic: AutoTidy? = nil
    ) {
        self.automatic = automatic
        self.settings = settings
        self.mount = mount
        owner = request.requestIDBytes
        started = CertificateTime(request.now)
    }

    func outcome() -> Outcome { page(after: nil) }

    private func page(after: String?) -> Outcome {
        _ = mount.tidying.start(owner)
        if mount.tidying.isCancelled { return end("Cancelled") }
        guard settings.certificates || settings.revoked || settings.invalid else {
            return issuers()
        }
        return .list(
            prefix: StorageKey.certificatePrefix, after: after, limit: settings.pageSize
        ) { page in
            let keys =
                page.names.map(StorageKey.certificate) + page.names.map(StorageKey.revoked)
            if keys.isEmpty { return issuers() }
            return .read(keys) { entries in
                // A thousand certificates are read in the time of a hundred requests.
                .work {
                    var next = self
                    var batch = next.look(at: page.names, entries)
                    batch.put(StorageKey.tidyStatus, next.status("Running"))
                    let (after, last) = (next, page.names.last)
                    return .commit(batch) {
                        page.more && last != nil ? after.page(after: last) : after.issuers()
                    }
                }
            }
        }
    }

    private mutating func look(at serials: [String], _ entries: Entries) -> WriteBatch {
        var batch = WriteBatch()
        var revokedSigners: Set<String> = []
        for serial in serials {
            seen += 1
            guard let record = entries[StorageKey.certificate(serial)] else { continue }
            let revoked = entries[StorageKey.revoked(serial)]
                .flatMap { try? RevokedRecord(record: $0) }
            let expires = try? CertificateRecord.parts(record).expires
            let isInvalid = settings.invalid && (try? CertificateRecord.read(record)) == nil
            guard let expires, !isInvalid else {
                if settings.invalid {
                    batch.delete(StorageKey.certificate(serial))
                    removedCertificates += 1
                }
                continue
            }
            if let revoked {
                let buffer = settings.revokedSafetySeconds ?? settings.safetySeconds
                guard settings.revoked, isOver(expires, buffer) else { continue }
                revoked.delete(serial: serial, from: &batch)
                batch.delete(StorageKey.certificate(serial))
                revokedSigners.insert(revoked.signer)
                removedRevoked += 1
            } else if settings.certificates, isOver(expires, settings.safetySeconds) {
                batch.delete(StorageKey.certificate(serial))
                removedCertificates += 1
            }
        }
        for signer in revokedSigners {
            batch.put(StorageKey.revocations(signer), freshMark())
        }
        return batch
    }

    private func isOver(_ expires: CertificateTime, _ buffer: Int) -> Bool {
        expires.adding(seconds: Int64(buffer)) < started
    }

    /// Expired issuers but the default one; their keys stay.
    private func issuers() -> Outcome {
        guard settings.expiredIssuers else { return end("Finished") }
        return mount.withAuthority { loaded in
            var authority = loaded.authority
            let limit = -Int64(settings.issuerSafetySeconds)
            authority.issuers.removeAll {
                $0.id != authority.defaultIssuer
                    && $0.certificate.notAfter < started.adding(seconds: limit)
            }
            guard authority.issuers.count < loaded.authority.issuers.count else {
                return end("Finished")
            }
            var batch = WriteBatch()
            try PKIMount.save(authority, to: &batch)
            return .commit(batch) { end("Finished") }
        }
    }

    private func end(_ state: String) -> Outcome {
        var batch = WriteBatch()
        batch.put(StorageKey.tidyStatus, status(state))
        if var next = automatic {
            next.lastFinished = CertificateTime(Timestamp.now)
            batch.put(StorageKey.autoTidy, next.record)
        }
        return .commit(batch) {
            mount.tidying.end()
            if let automatic { return .answer(automatic.waking(.none)) }
            return .answer(
                Answer(
                    status: 202,
                    warnings: [
                        "Tidy operation \(state.lowercased()): \(seen) certificates looked at, "
                            + "\(removedCertificates + removedRevoked) removed; see tidy-status."
                    ]))
        }
    }

    private func status(_ state: String) -> [UInt8] {
        var json = settings.json
        json["state"] = .string(state)
        json["error"] = .null
        json["time_started"] = .string(started.rfc3339)
        json["time_finished"] =
            state == "Running" ? .null : .string(CertificateTime(Timestamp.now).rfc3339)
        json["message"] =
            state == "Running"
            ? .string("Tidying certificate store: \(seen) entries were looked at") : .null
        json["cert_store_deleted_count"] = .int(removedCertificates)
        json["revoked_cert_deleted_count"] = .int(removedRevoked)
        json["missing_issuer_cert_count"] = 0
        json["current_cert_store_count"] = .int(seen)
        return [1] + json.encoded()
    }
}
