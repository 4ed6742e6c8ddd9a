// A mount of the engine: what is in memory, and how handlers come to the authority and change it.

import Certificates
import Clock
import Cryptography
import PluginSDK
import Synchronization

final class PKIMount: Sendable {
    let defaultTTLSeconds: Int
    let maxTTLSeconds: Int
    let roles = RoleCache()
    let lists = ListCache()
    let statuses = StatusCache()
    let responders = ResponderCache()
    private let loaded = Mutex<LoadedAuthority?>(nil)

    init(_ configuration: MountConfiguration = MountConfiguration()) {
        func seconds(_ value: UInt64) -> Int {
            value == 0 ? Limits.defaultTTLSeconds : Int(clamping: value)
        }
        maxTTLSeconds = seconds(configuration.maxLeaseTTLSeconds)
        defaultTTLSeconds = min(seconds(configuration.defaultLeaseTTLSeconds), maxTTLSeconds)
    }

    /// Goes on with the authority, which is empty at first. When it is in memory that costs one
    /// read, which came along with the request.
    func withAuthority(
        then: @escaping @Sendable (LoadedAuthority) throws -> Outcome
    ) -> Outcome {
        .read([StorageKey.mark]) { [self] entries in
            guard let mark = entries[StorageKey.mark] else {
                return try then(LoadedAuthority(mark: [], Authority()))
            }
            if let found = loaded.withLock({ $0 }), found.mark == mark { return try then(found) }
            return .read([StorageKey.authority]) { [self] entries in
                // It may be newer than the mark, and it carries its own.
                guard let record = entries[StorageKey.authority] else {
                    throw RecordError.damaged.failure(of: "authority")
                }
                let read = try Self.load(record)
                loaded.withLock { $0 = read }
                return try then(read)
            }
        }
    }

    private static func load(_ record: [UInt8]) throws(PluginError) -> LoadedAuthority {
        do throws(RecordError) {
            let (mark, authority) = try Authority.read(record)
            return LoadedAuthority(mark: mark, authority)
        } catch { throw error.failure(of: "authority") }
    }

    /// Changes the authority, conditional on nobody else having changed it meanwhile.
    func change(
        _ body: @escaping @Sendable (inout Authority, inout WriteBatch) throws -> Answer
    ) -> Outcome {
        withAuthority { loaded in
            var authority = loaded.authority
            var batch = WriteBatch()
            let answer = try body(&authority, &batch)
            try Self.save(authority, to: &batch)
            return .answer(answer, writing: batch)
        }
    }

    static func save(_ authority: Authority, to batch: inout WriteBatch) throws(PluginError) {
        var authority = authority
        authority.changed = CertificateTime(Timestamp.now).change(after: authority.changed)
        let mark = SecureRandom.bytes(Authority.markBytes)
        batch.put(StorageKey.mark, mark)
        batch.put(StorageKey.authority, try authority.record(mark: mark))
    }

}

/// An authority in memory with what was made out of it.
final class LoadedAuthority: Sendable {
    /// Names this state of the authority; see `StorageKey`.
    let mark: [UInt8]
    let authority: Authority
    private let made = Mutex<[String: IssuerContext]>([:])
    private let identities = Mutex<[String: [IssuerIdentity?]]>([:])

    init(mark: [UInt8], _ authority: Authority) {
        self.mark = mark
        self.authority = authority
    }

    /// What issuing by an issuer needs, made at its first use.
    func context(_ issuer: Issuer) throws(PluginError) -> IssuerContext {
        if let context = made.withLock({ $0[issuer.id] }) { return context }
        let context = try IssuerContext(issuer, authority)
        made.withLock { $0[issuer.id] = context }
        return context
    }

    /// The issuer that a question about a certificate's status means.
    func issuer(_ question: CertificateIdentity) -> Issuer? {
        let name = question.algorithm.description
        let known =
            identities.withLock { $0[name] }
            ?? authority.issuers.map {
                IssuerIdentity($0.certificate, algorithm: question.algorithm)
            }
        identities.withLock { $0[name] = known }
        return zip(authority.issuers, known).first { issuer, identity in
            identity?.nameHash == question.issuerNameHash
                && identity?.keyHash == question.issuerKeyHash && !issuer.keyID.isEmpty
                && issuer.usage.contains(.ocspSigning)
        }?.0
    }
}

/// An issuer with its key and the texts of its chain.
struct IssuerContext: Sendable {
    let issuer: Issuer
    let key: PrivateKey
    /// In DER, the issuer's own first.
    let chain: [[UInt8]]
    let chainPEM: [String]
    /// Which of the chain are signed by themselves.
    let areRoots: [Bool]
    /// Where they cannot be filled in, nothing is issued; lists and answers are signed still.
    private let urls: Result<AccessURLs, PluginError>
    let keyIdentifier: [UInt8]
    let constraints: NameConstraints

    init(_ issuer: Issuer, _ authority: Authority) throws(PluginError) {
        self.issuer = issuer
        key = try authority.signingKey(of: issuer)
        let chain = authority.chain(of: issuer)
        self.chain = chain.map(\.certificate.der)
        chainPEM = self.chain.map { PEM.text("CERTIFICATE", $0) }
        areRoots = chain.map(\.certificate.isSelfIssued)
        do throws(PluginError) { urls = .success(try authority.accessURLs(for: issuer)) } catch {
            urls = .failure(error)
        }
        do throws(CertificateError) {
            if let own = issuer.certificate.subjectKeyIdentifier {
                keyIdentifier = own
            } else {
                keyIdentifier = try KeyIdentifier.of(try issuer.certificate.publicKey())
            }
            if let value = issuer.certificate.value(.nameConstraints) {
                constraints = try NameConstraints(der: value)
            } else {
                constraints = NameConstraints()
            }
        } catch { throw PluginError(error) }
    }

    func accessURLs() throws(PluginError) -> AccessURLs { try urls.get() }

    var pem: String { chainPEM.first ?? "" }
    var der: [UInt8] { issuer.certificate.der }
}

extension PluginError {
    static let cryptographyFailed = PluginError(
        .internalError, "a cryptographic operation failed")

    init(_ error: CertificateError) {
        switch error.code {
        case .libraryFailure: self = .cryptographyFailed
        case .malformed, .invalidValue, .unsuitableKey:
            self.init(.invalidRequest, error.message)
        }
    }
}
