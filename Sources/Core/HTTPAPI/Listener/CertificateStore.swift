// The certificate in use by a listener, replaced as a whole when its files are read again.

internal import NIOSSL
internal import Synchronization

/// New connections take the context that is here when they come; open ones keep theirs.
final class CertificateStore: Sendable {
    private let settings: TLSSettings
    private let current: Mutex<NIOSSLContext>

    init(_ settings: TLSSettings) throws(ListenerError) {
        self.settings = settings
        self.current = Mutex(try Self.load(settings))
    }

    var context: NIOSSLContext { current.withLock { $0 } }

    /// On an error the certificate in use stays in use.
    func reload() throws(ListenerError) {
        let fresh = try Self.load(settings)
        current.withLock { $0 = fresh }
    }

    private static func load(_ settings: TLSSettings) throws(ListenerError) -> NIOSSLContext {
        let chain = try certificates(settings.certificateFile)
        let key = try privateKey(settings.privateKeyFile)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion =
            settings.minimumVersion == .tls13 ? .tlsv13 : .tlsv12
        configuration.maximumTLSVersion =
            settings.maximumVersion == .tls12 ? .tlsv12 : .tlsv13
        configuration.applicationProtocols = ["http/1.1"]
        try ask(settings.clientCertificates, &configuration)
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            // All files were read one by one above, so what is left is that they do not belong
            // together.
            throw ListenerError(
                .keyMismatch,
                "the private key in \(settings.privateKeyFile) does not belong to the "
                    + "certificate in \(settings.certificateFile)")
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
