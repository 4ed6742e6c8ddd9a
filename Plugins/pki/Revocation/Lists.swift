// Revocation lists: found in memory, or made out of a listing, page by page, and signed on another
// thread, so that nobody else waits for it.

import Certificates
import Cryptography
import PluginSDK

extension PKIMount {
    /// Answers an issuer's list. Nothing where there is no issuer or no such list.
    func withList(
        of reference: String, isDelta: Bool, _ request: Request,
        then answer: @escaping @Sendable ([UInt8]) throws -> Answer
    ) -> Outcome {
        withAuthority { [self] loaded in
            let authority = loaded.authority
            if reference == "default", authority.defaultIssuer.isEmpty {
                return .answer(.noContent)
            }
            let maker = try ListMaker(
                try authority.issuer(reference), authority, self, CertificateTime(request.now))
            if isDelta, !authority.lists.hasDelta { return .answer(.noContent) }
            let use: ListMaker.Use = { list in
                .answer(try answer(list.der).changed(list.changed, for: request))
            }
            return isDelta ? maker.delta(then: use) : maker.complete(then: use)
        }
    }
}

struct ListMaker: Sendable {
    let issuer: Issuer
    let settings: ListSettings
    let mount: PKIMount
    let now: CertificateTime
    private let key: PrivateKey
    private let keyIdentifier: [UInt8]
    private let signature: SignatureChoice
    private let deltaURLs: [String]

    typealias Use = @Sendable (SignedList) throws -> Outcome

    init(
        _ issuer: Issuer, _ authority: Authority, _ mount: PKIMount, _ now: CertificateTime
    ) throws(PluginError) {
        // Issuers of one name and key have one list; any of them signs it.
        let signers = authority.issuers.filter {
            $0.signer == issuer.signer && !$0.keyID.isEmpty && $0.usage.contains(.crlSigning)
        }
        guard let signing = signers.first else {
            throw PluginError(
                .invalidRequest,
                "the issuer \(issuer.id) signs no revocation lists: it has no key here, or not "
                    + "the usage crl-signing")
        }
        self.issuer = signing
        self.mount = mount
        self.now = now
        settings = authority.lists
        let context = try IssuerContext(signing, authority)
        key = context.key
        keyIdentifier = context.keyIdentifier
        signature = try revocationSignature(signing.revocationSignatureAlgorithm)
        // A list is of use without them as well.
        let urls = try? context.accessURLs()
        deltaURLs = settings.hasDelta ? urls?.deltaLists ?? [] : []
    }

    private var name: String { issuer.signer }
    private var deltaName: String { "delta/\(issuer.signer)" }

    /// Changes when a list has to be made anew: with a revocation, and with the settings.
    private func state(_ entries: Entries) -> [UInt8] {
        let settings =
            "\(self.settings.expirySeconds) \(self.settings.isDisabled) \(deltaURLs) "
            + issuer.revocationSignatureAlgorithm
        let none = [UInt8](repeating: 0, count: Authority.markBytes)
        return (entries[StorageKey.revocations(name)] ?? none) + Array(settings.utf8)
    }

    func complete(then use: @escaping Use) -> Outcome {
        .read([StorageKey.revocations(name)]) { entries in
            let state = state(entries)
            if let list = mount.lists.find(name), isFresh(list, state) { return try use(list) }
            guard mount.lists.begin(name, now) else { return try meanwhile(name, use) }
            guard !settings.isDisabled else { return sign([], state, then: use) }
            return collect { sign($0, state, then: use) }
        }
    }

    /// While another request makes the list, the one before is good enough.
    private func meanwhile(_ name: String, _ use: Use) throws -> Outcome {
        guard let list = mount.lists.find(name), now < list.nextUpdate else {
            throw PluginError(.unavailable, "the list is being made, try again later")
        }
        return try use(list)
    }

    private func isFresh(_ list: SignedList, _ state: [UInt8]) -> Bool {
        guard settings.rebuildsByItself else {
            return list.state == state && now < list.nextUpdate
        }
        return now < list.nextUpdate.adding(seconds: -Int64(settings.gracePeriodSeconds))
            && list.state.dropFirst(Authority.markBytes) == state.dropFirst(Authority.markBytes)
    }

    func delta(then use: @escaping Use) -> Outcome {
        complete { base in
            .read([StorageKey.revocations(name)]) { entries in
                let state = state(entries) + [UInt8(truncatingIfNeeded: base.number)]
                if let list = mount.lists.find(deltaName), isFreshDelta(list, state, base) {
                    return try use(list)
                }
                guard mount.lists.begin(deltaName, now) else {
                    return try meanwhile(deltaName, use)
                }
                return collect { sign($0, state, base: base, then: use) }
            }
        }
    }

    private func isFreshDelta(_ list: SignedList, _ state: [UInt8], _ base: SignedList) -> Bool {
        guard now < list.nextUpdate, list.number > base.number, !list.state.isEmpty else {
            return false
        }
        let age = now.seconds - list.thisUpdate.seconds
        return list.state == state || age < Int64(settings.deltaIntervalSeconds)
    }

    /// The names of all entries of the signer's revoked certificates, in pages. What they say is
    /// read on another thread.
    private func collect(
        after: String? = nil, _ pages: [[String]] = [],
        then: @escaping @Sendable ([[String]]) throws -> Outcome
    ) -> Outcome {
        .list(prefix: StorageKey.revokedNames(name), after: after, limit: Limits.listPageNames) {
            page in
            let pages = pages + [page.names]
            guard page.more, let last = page.names.last else { return try then(pages) }
            guard pages.count * Limits.listPageNames < Limits.maxRevokedEntries else {
                throw PluginError(
                    .unavailable, "too many revoked certificates for one list: run tidy")
            }
            return collect(after: last, pages, then: then)
        }
    }

    private func sign(
        _ names: [[String]], _ state: [UInt8], base: SignedList? = nil, then use: @escaping Use
    ) -> Outcome {
        .work {
            let listName = base == nil ? name : deltaName
            defer { mount.lists.end(listName) }
            var entries = names.joined().compactMap(RevokedRecord.entry)
            if let base { entries.removeAll { $0.revoked < base.thisUpdate } }
            let lifetime =
                base == nil ? settings.expirySeconds : settings.deltaIntervalSeconds * 2
            let next = now.adding(seconds: Int64(max(lifetime, 60)))
            var list = list(
                number: mount.lists.nextNumber(now), base: base?.number, until: next, entries)
            if base == nil { list.freshest = deltaURLs }
            let der = try sign(list)
            let signed = SignedList(
                der: der, number: list.number, thisUpdate: now, nextUpdate: next, state: state,
                changed: now)
            return try use(mount.lists.insert(signed, listName))
        }
    }

    func list(
        number: UInt64, base: UInt64?, until next: CertificateTime,
        _ entries: [RevocationList.Entry]
    ) -> RevocationList {
        RevocationList(
            issuer: issuer.certificate.subject, authorityKeyIdentifier: keyIdentifier,
            number: number, baseNumber: base, thisUpdate: now, nextUpdate: next, entries: entries)
    }

    func sign(_ list: RevocationList) throws(PluginError) -> [UInt8] {
        do throws(CertificateError) { return try list.sign(with: key, signature) } catch {
            throw PluginError(error)
        }
    }

    /// The next one that asks has it made anew.
    func forget(deltaOnly: Bool) {
        mount.lists.expire(deltaName)
        if !deltaOnly { mount.lists.expire(name) }
    }
}

/// Go's names of signature algorithms; empty is the usual one.
func revocationSignature(_ name: String) throws(PluginError) -> SignatureChoice {
    switch name.lowercased() {
    case "", "sha256withrsa", "ecdsawithsha256", "ecdsawithsha384", "ecdsawithsha512",
        "pureed25519", "ed25519":
        return SignatureChoice()
    case "sha384withrsa": return SignatureChoice(digest: .sha384)
    case "sha512withrsa": return SignatureChoice(digest: .sha512)
    case "sha256withrsapss": return SignatureChoice(usesPSS: true)
    case "sha384withrsapss": return SignatureChoice(digest: .sha384, usesPSS: true)
    case "sha512withrsapss": return SignatureChoice(digest: .sha512, usesPSS: true)
    default:
        throw PluginError(
            .invalidRequest, "unknown value for field `revocation_signature_algorithm`")
    }
}
