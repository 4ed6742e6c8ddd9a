// The certificate in use by a listener, replaced as a whole when its files are read again or a new
// one is installed.

internal import NIOSSL
internal import Synchronization

/// New connections take the context that is here when they come; open ones keep theirs.
final class CertificateStore: Sendable {
    private struct Current {
        var context: NIOSSLContext
        var facts: CertificateFacts?
    }

    private let settings: TLSSettings
    /// Where the certificate in use came from. Held while another is loaded, so that the last
    /// change wins; connections do not wait for it.
    private let source: Mutex<TLSSettings.Source>
    private let current: Mutex<Current>

    init(_ settings: TLSSettings) throws(ListenerError) {
        self.settings = settings
        self.source = Mutex(settings.source)
        self.current = Mutex(try Self.load(settings.source, settings))
    }

    var context: NIOSSLContext { current.withLock { $0.context } }

    var facts: CertificateFacts? { current.withLock { $0.facts } }

    /// Reads all files again. On an error the certificate in use stays in use.
    func reload() throws(ListenerError) {
        try source.withLock { source throws(ListenerError) in try self.use(source) }
    }

    /// From now on this one is shown; on an error the one in use stays in use.
    func install(_ identity: ServerIdentity) throws(ListenerError) {
        try change(to: .given(identity))
    }

    /// Goes back to what the configuration names.
    func restore() throws(ListenerError) { try change(to: settings.source) }

    private func change(to fresh: TLSSettings.Source) throws(ListenerError) {
        try source.withLock { source throws(ListenerError) in
            try self.use(fresh)
            source = fresh
        }
    }

    private func use(_ source: TLSSettings.Source) throws(ListenerError) {
        let fresh = try Self.load(source, settings)
        current.withLock { $0 = fresh }
    }

    private static func load(
        _ source: TLSSettings.Source, _ settings: TLSSettings
    ) throws(ListenerError) -> Current {
        let (chain, key) = try read(source)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion =
            settings.minimumVersion == .tls13 ? .tlsv13 : .tlsv12
        configuration.maximumTLSVersion =
            settings.maximumVersion == .tls12 ? .tlsv12 : .tlsv13
        configuration.applicationProtocols = ["http/1.1"]
        try ask(settings.clientCertificates, &configuration)
        do {
            return Current(
                context: try NIOSSLContext(configuration: configuration),
                facts: chain.first.flatMap { CertificateFacts($0) })
        } catch {
            // All parts were read one by one above, so what is left is that they do not belong
            // together.
            throw mismatch(source)
        }
    }

    private static func read(
        _ source: TLSSettings.Source
    ) throws(ListenerError) -> ([NIOSSLCertificate], NIOSSLPrivateKey) {
        switch source {
        case .files(let certificate, let key):
            (try certificates(certificate), try privateKey(key))
        case .given(let identity): (identity.chain, identity.privateKey)
        }
    }

    private static func mismatch(_ source: TLSSettings.Source) -> ListenerError {
        switch source {
        case .files(let certificate, let key):
            ListenerError(
                .keyMismatch,
                "the private key in \(key) does not belong to the certificate in \(certificate)")
        case .given:
            ListenerError(.keyMismatch, "the private key does not belong to the certificate")
        }
    }

    private static func ask(
        _ clients: TLSSettings.ClientCertificates, _ configuration: inout TLSConfiguration
    ) throws(ListenerError) {
        let file: String
        switch clients {
        case .notAsked: return
        case .optional(let authorityFile):
            file = authorityFile
            configuration.certificateVerification = .optionalVerification
        case .required(let authorityFile):
            file = authorityFile
            // A client has no host name to compare.
            configuration.certificateVerification = .noHostnameVerification
        }
        do {
            let authorities = try NIOSSLCertificate.fromPEMFile(file)
            guard !authorities.isEmpty else { throw NIOSSLError.failedToLoadCertificate }
            configuration.trustRoots = .certificates(authorities)
        } catch {
            throw ListenerError(
                .clientAuthority, "no client CA could be read from \(file): \(reason(file))")
        }
    }

    private static func certificates(_ file: String) throws(ListenerError) -> [NIOSSLCertificate] {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(file)
            guard !chain.isEmpty else { throw NIOSSLError.failedToLoadCertificate }
            return chain
        } catch {
            throw ListenerError(
                .certificate, "no TLS certificate could be read from \(file): \(reason(file))")
        }
    }

    private static func privateKey(_ file: String) throws(ListenerError) -> NIOSSLPrivateKey {
        do {
            return try NIOSSLPrivateKey(file: file, format: .pem)
        } catch {
            throw ListenerError(
                .privateKey, "no TLS private key could be read from \(file): \(reason(file))")
        }
    }

    /// The library says only that it failed; whether the file could be opened at all is what people
    /// need to know.
    private static func reason(_ file: String) -> String {
        SystemError.opening(file)
            ?? "it is not in PEM format, or not of the kind that is needed here"
    }
}
